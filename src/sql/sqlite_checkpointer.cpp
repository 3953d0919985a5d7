#include "sql/sqlite_checkpointer.hpp"

#include <pthread.h>
#include <sqlite3.h>

#include <utility>

namespace sovereign::sql {
namespace {

constexpr int kPagesWorthCopying = 4000;  // 16 MB.
/// With this much log the writer waits after all: the disk is slower than its writes.
constexpr int kPagesTooMany = 10 * kPagesWorthCopying;

}  // namespace

SqliteCheckpointer::SqliteCheckpointer(SqliteSettings settings) : settings_(std::move(settings)) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "sqlite-log");
}

SqliteCheckpointer::~SqliteCheckpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

SqliteCheckpointer::Advice SqliteCheckpointer::after_commit(int log_pages) {
  if (log_pages < kPagesWorthCopying) return Advice::go_on;
  if (copied_.exchange(false) || log_pages >= kPagesTooMany) return Advice::checkpoint;
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  wake_.notify_one();
  return Advice::go_on;
}

void SqliteCheckpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    lock.unlock();
    copy();
    lock.lock();
    wanted_ = false;
  }
}

/// A failure (a full disk, a lock) leaves the log as it is: the writer meets the same and reports
/// it.
void SqliteCheckpointer::copy() {
  if (!connection_) {
    auto opened = SqliteConnection::open(settings_);
    if (!opened) return;
    connection_ = std::move(*opened);
  }
  const int outcome = sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr,
                                                SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (outcome == SQLITE_OK) {
    copied_ = true;
  } else {
    connection_.reset();  // It may remember an I/O error.
  }
}

}  // namespace sovereign::sql
