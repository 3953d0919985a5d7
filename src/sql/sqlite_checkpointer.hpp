// Copies the write-ahead log into the database beside the writer, which would otherwise stand still
// for it: copying ten megabytes and syncing them takes longer than a hundred commits.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "sql/sqlite_connection.hpp"

namespace sovereign::sql {

class SqliteCheckpointer {
 public:
  explicit SqliteCheckpointer(SqliteSettings settings);
  /// Ends the copy under way, then the thread.
  ~SqliteCheckpointer();
  SqliteCheckpointer(const SqliteCheckpointer&) = delete;
  SqliteCheckpointer& operator=(const SqliteCheckpointer&) = delete;

  /// What the writer has to do after a commit that left `log_pages` in the log.
  enum class Advice {
    go_on,
    /// Copy the rest itself, so that the log starts afresh: little is left after a copy in the
    /// background, or it does not keep up.
    checkpoint,
  };
  Advice after_commit(int log_pages);

 private:
  void run();
  void copy();

  const SqliteSettings settings_;
  std::unique_ptr<SqliteConnection> connection_;  ///< From the first copy on; the thread's.
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::atomic<bool> copied_ = false;  ///< Since the writer's last own checkpoint.
  std::thread thread_;
};

}  // namespace sovereign::sql
