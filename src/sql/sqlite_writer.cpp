#include "sql/sqlite_writer.hpp"

#include <pthread.h>

#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

// Enough to make the fsync cheap; few enough that the first of them does not wait long.
constexpr std::size_t kBatchLimit = 512;

constexpr Statement kBegin{"writer.begin", "BEGIN IMMEDIATE"};
constexpr Statement kCommit{"writer.commit", "COMMIT"};
constexpr Statement kRollback{"writer.rollback", "ROLLBACK"};
constexpr Statement kSavepoint{"writer.savepoint", "SAVEPOINT w"};
constexpr Statement kRelease{"writer.release", "RELEASE w"};
constexpr Statement kRollbackTo{"writer.rollback_to", "ROLLBACK TO w"};

/// A lock held elsewhere or a full disk says nothing against the connection.
bool connection_is_sound(const SqliteError& error) {
  const int code = error.code & 0xff;
  return code == SQLITE_BUSY || code == SQLITE_FULL || code == SQLITE_INTERRUPT;
}

}  // namespace

SqliteWriter::SqliteWriter(SqliteSettings settings, std::unique_ptr<SqliteConnection> connection,
                           std::size_t queue_limit)
    : settings_(std::move(settings)),
      queue_limit_(queue_limit),
      connection_(std::move(connection)),
      checkpointer_(settings_) {
  watch_log();
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "sqlite-writer");
}

SqliteWriter::~SqliteWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SqliteWriter::submit(Write write, Completion<WriteResult> complete) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < queue_limit_) {
      queue_.push_back({std::move(write), std::move(complete)});
      wake_.notify_one();
      return;
    }
  }
  complete(queue_full("write"));
}

SqliteWriter::Counts SqliteWriter::counts() const {
  const std::lock_guard lock(mutex_);
  return {queue_.size(), commits_, committed_writes_};
}

void SqliteWriter::run() {
  for (;;) {
    Batch batch = take_batch();
    if (batch.empty()) return;
    commit(batch);
    for (Pending& pending : batch) pending.complete(std::move(pending.outcome));
    tend_log();
  }
}

void SqliteWriter::watch_log() {
  const auto note = [](void* self, sqlite3*, const char*, int pages) {
    static_cast<SqliteWriter*>(self)->log_pages_ = pages;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_->handle(), note, this);
}

void SqliteWriter::tend_log() {
  if (is_suspect_) return;
  if (checkpointer_.after_commit(log_pages_) == SqliteCheckpointer::Advice::go_on) return;
  // One that fails leaves the log for the next.
  (void)sqlite3_wal_checkpoint_v2(connection_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                  nullptr, nullptr);
}

SqliteWriter::Batch SqliteWriter::take_batch() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  Batch batch;
  batch.reserve(std::min(queue_.size(), kBatchLimit));
  while (!queue_.empty() && batch.size() < kBatchLimit) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void SqliteWriter::commit(Batch& batch) {
  const auto committed = try_commit(batch);
  if (committed) {
    const auto accepted = std::ranges::count_if(batch, [](const Pending& pending) {
      return pending.outcome.has_value() && pending.outcome->has_value();
    });
    const std::lock_guard lock(mutex_);
    ++commits_;
    committed_writes_ += static_cast<std::uint64_t>(accepted);
    return;
  }
  if (connection_->in_transaction()) (void)connection_->run(Call{kRollback, {}});
  is_suspect_ =
      is_suspect_ || connection_->in_transaction() || !connection_is_sound(committed.error());
  // Rejections too: they may rest on a write of this batch that is gone now.
  const Error lost = database_unavailable(fmt::format("sqlite {}: {}", committed.error().code,
                                                      committed.error().message))
                         .error();
  for (Pending& pending : batch) pending.outcome = std::unexpected(lost);
}

SqliteResult<void> SqliteWriter::try_commit(Batch& batch) {
  if (auto replaced = replace_suspect_connection(); !replaced) return replaced;
  if (auto begun = connection_->run(Call{kBegin, {}}); !begun)
    return std::unexpected(begun.error());
  for (Pending& pending : batch) {
    auto outcome = apply(pending.write);
    if (!outcome) return std::unexpected(outcome.error());
    pending.outcome = std::move(*outcome);
  }
  if (auto committed = connection_->run(Call{kCommit, {}}); !committed)
    return std::unexpected(committed.error());
  return {};
}

SqliteResult<Result<WriteResult>> SqliteWriter::apply(const Write& write) {
  if (auto marked = connection_->run(Call{kSavepoint, {}}); !marked)
    return std::unexpected(marked.error());
  std::vector<ResultSet> results;
  results.reserve(write.calls.size());
  for (std::size_t i = 0; i < write.calls.size(); ++i) {
    const Call& call = write.calls[i];
    auto result = connection_->run(call);
    if (!result) return undo(result.error(), call.statement.name, i);
    if (!meets(call.expect, *result)) {
      if (auto left = leave_savepoint(kRollbackTo); !left) return std::unexpected(left.error());
      return WriteResult(std::unexpected(Rejection{.call = i}));
    }
    results.push_back(std::move(*result));
  }
  if (connection_->breaks_foreign_keys()) {
    if (auto left = leave_savepoint(kRollbackTo); !left) return std::unexpected(left.error());
    return WriteResult(std::unexpected(
        Rejection{.kind = Rejection::Kind::foreign_key, .call = write.calls.size() - 1}));
  }
  if (auto left = leave_savepoint(kRelease); !left) return std::unexpected(left.error());
  return WriteResult(std::move(results));
}

SqliteResult<Result<WriteResult>> SqliteWriter::undo(const SqliteError& error,
                                                     std::string_view statement, std::size_t call) {
  // A full disk and the like cost the batch, and may have rolled it back already.
  if (is_environment(error) || !connection_->in_transaction()) return std::unexpected(error);
  auto rejection = rejection_of(error, connection_->handle());
  if (auto left = leave_savepoint(kRollbackTo); !left) return std::unexpected(left.error());
  if (!rejection) return Result<WriteResult>(std::unexpected(to_error(error, statement)));
  rejection->call = call;
  return WriteResult(std::unexpected(std::move(*rejection)));
}

SqliteResult<void> SqliteWriter::leave_savepoint(const Statement& how) {
  // ROLLBACK TO leaves the savepoint itself standing.
  if (&how == &kRollbackTo) {
    if (auto rolled_back = connection_->run(Call{kRollbackTo, {}}); !rolled_back)
      return std::unexpected(rolled_back.error());
  }
  if (auto released = connection_->run(Call{kRelease, {}}); !released)
    return std::unexpected(released.error());
  return {};
}

SqliteResult<void> SqliteWriter::replace_suspect_connection() {
  if (!is_suspect_) return {};
  // The old one goes last: were it the only one, its log would be folded in and removed meanwhile.
  auto opened = SqliteConnection::open(settings_);
  if (!opened) return std::unexpected(opened.error());
  connection_ = std::move(*opened);
  watch_log();
  is_suspect_ = false;
  return {};
}

}  // namespace sovereign::sql
