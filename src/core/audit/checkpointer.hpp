// Makes checkpoints of the audit log while the Core runs. Loop thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "core/audit/audit_chain.hpp"
#include "crypto/signature.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

struct CheckpointerOptions {
  std::uint64_t rows = 1000;                   ///< New rows that make a checkpoint due at once.
  std::chrono::milliseconds interval{60'000};  ///< What new rows wait for one at most.
  std::chrono::milliseconds look_every{1000};  ///< How often it is seen whether there are new rows.
  /// Called on the loop after a look that found new rows.
  std::function<void()> on_new_rows = nullptr;
};

class Checkpointer {
 public:
  struct Parts {
    sql::Database& database;
    const AuditChain& chain;
    const crypto::Ed25519Key& key;
    std::filesystem::path file;  ///< Home::audit_checkpoints()
    const base::Clock& clock;
    async::WorkerPool& workers;  ///< For the file, which blocks.
  };

  /// What `parts` refers to must outlive it, and the loop's last turn.
  Checkpointer(Parts parts, boost::asio::any_io_executor executor,
               CheckpointerOptions options = {});
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Makes a checkpoint at the last row, unless there is one: first in the file, then in the table,
  /// so that whatever is in the table must be in the file. Errors: `unavailable`; the next one
  /// makes up for it.
  Task<void> make();

  /// Looks for new rows from now on. A checkpoint that fails is tried again at the next look.
  void start();

  /// Ends that and makes a last checkpoint.
  Task<void> stop();

  /// Why the last checkpoint could not be made, if so. For readiness and the log.
  const Result<void>& last_result() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< Shared with the look under way.
};

}  // namespace sovereign::core
