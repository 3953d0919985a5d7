// Where an upload waits until it is whole: a file without a name, gone with the last who has it
// open, whatever happens to the process. Hashed while it is written.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "blob/types.hpp"

namespace sovereign::blob {

struct SpooledFile {
  OpenFile file;
  std::uint64_t size = 0;
  crypto::Digest256 sha256{};

  Content content() const { return {file, size, sha256}; }
};

/// One upload. Used by one coroutine; memory: one block.
class Spool {
 public:
  /// The folder is made when it is missing. `pool` runs all that blocks and must outlive the spool.
  Spool(std::filesystem::path folder, async::WorkerPool& pool);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Adds to the file. Error: `unavailable` (a full disk, a busy pool).
  Task<void> append(std::string_view bytes);

  /// The file and what was seen of it. Nothing can be appended after it.
  Task<SpooledFile> finish();

 private:
  struct State;
  Task<void> flush();

  async::WorkerPool& pool_;
  std::shared_ptr<State> state_;  ///< Shared with a write that outlives a cancelled upload.
};

}  // namespace sovereign::blob
