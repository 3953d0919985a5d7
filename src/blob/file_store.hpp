// Objects as files of a folder: a key is a path below it. An object appears under its key by a
// rename, after its bytes have reached the disk.
#pragma once

#include <filesystem>
#include <memory>

#include "async/worker_pool.hpp"
#include "blob/store.hpp"

namespace sovereign::blob {

class FileStore final : public Store {
 public:
  /// Makes the folder (0700) if it is missing, and drops what an earlier process left unfinished in
  /// it: one process at a time may use it. Blocks. Error: `unavailable`.
  static Result<void> prepare(const std::filesystem::path& folder);

  /// `folder` was prepared. `pool` runs all that blocks and must outlive the store.
  FileStore(std::filesystem::path folder, async::WorkerPool& pool)
      : folder_(std::move(folder)), pool_(pool) {}

  Task<void> put(const Key& key, const Content& content) override;
  Task<std::unique_ptr<Reader>> get(const Key& key, std::optional<ByteRange> range) override;
  Task<std::optional<std::uint64_t>> head(const Key& key) override;
  Task<void> remove(const Key& key) override;
  Task<void> check() override;
  std::string_view engine() const override { return "files"; }

 private:
  const std::filesystem::path folder_;
  async::WorkerPool& pool_;
};

}  // namespace sovereign::blob
