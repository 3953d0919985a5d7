// The only writer of an SQLite database within this process: a thread that commits all waiting
// writes together, with one fsync. Each write is a savepoint, so a rejected one takes no other with
// it. A batch that cannot be committed fails as a whole, and the next one starts afresh.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "sql/completion.hpp"
#include "sql/sqlite_checkpointer.hpp"
#include "sql/sqlite_connection.hpp"

namespace sovereign::sql {

class SqliteWriter {
 public:
  struct Counts {
    std::size_t waiting = 0;
    std::uint64_t commits = 0;
    std::uint64_t committed_writes = 0;
  };

  SqliteWriter(SqliteSettings settings, std::unique_ptr<SqliteConnection> connection,
               std::size_t queue_limit);
  /// Commits what is queued, then ends the thread.
  ~SqliteWriter();
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;

  /// Queues `write`; `complete` is called from the writer's thread once it is durable or lost, or
  /// at once when the queue is full.
  void submit(Write write, Completion<WriteResult> complete);

  Counts counts() const;

 private:
  struct Pending {
    Write write;
    Completion<WriteResult> complete;
    Result<WriteResult> outcome = std::unexpected(Error{});
  };
  using Batch = std::vector<Pending>;

  void run();
  /// Blocks until writes wait; empty when stopping and nothing is left.
  Batch take_batch();
  void commit(Batch& batch);
  /// Leaves the outcomes in the batch. Error: nothing of it was committed.
  SqliteResult<void> try_commit(Batch& batch);
  SqliteResult<Result<WriteResult>> apply(const Write& write);
  SqliteResult<Result<WriteResult>> undo(const SqliteError& error, std::string_view statement,
                                         std::size_t call);
  SqliteResult<void> leave_savepoint(const Statement& how);
  SqliteResult<void> replace_suspect_connection();
  /// Has log_pages_ set by each commit, in place of SQLite's own checkpoints.
  void watch_log();
  void tend_log();

  const SqliteSettings settings_;
  const std::size_t queue_limit_;
  std::unique_ptr<SqliteConnection> connection_;
  SqliteCheckpointer checkpointer_;
  int log_pages_ = 0;        ///< After the last commit.
  bool is_suspect_ = false;  ///< After an I/O error, which the connection may remember.

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Pending> queue_;
  bool stopping_ = false;
  std::uint64_t commits_ = 0;
  std::uint64_t committed_writes_ = 0;
  std::thread thread_;
};

}  // namespace sovereign::sql
