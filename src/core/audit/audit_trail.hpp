// The way into the audit log for events that are no part of a change in the database. Loop thread
// only.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "core/audit/audit_event.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

struct AuditTrailOptions {
  std::chrono::milliseconds flush_after{10};   ///< After the first row that waits.
  std::chrono::milliseconds retry_after{250};  ///< After a flush that failed.
  std::size_t flush_rows = 512;                ///< In one write; so many are written at once.
  std::size_t queue_limit = 8192;              ///< Rows posted and not yet durable.
};

class AuditTrail {
 public:
  /// All must outlive it; flushing runs on `executor`, the loop's.
  AuditTrail(sql::Database& database, const base::Clock& clock,
             boost::asio::any_io_executor executor, AuditTrailOptions options = {});
  /// stop() must have ended, or the loop.
  ~AuditTrail();
  AuditTrail(const AuditTrail&) = delete;
  AuditTrail& operator=(const AuditTrail&) = delete;

  /// Durable when it returns. Errors: those of Database::write.
  Task<void> append(AuditEvent event);

  /// Queues the row; it is durable within about flush_after. Rows posted are written in their order
  /// and none is given up: after a failed flush they are tried again until they are in. Error:
  /// `unavailable`, when the queue is full, from a failed flush to the next that succeeds, and
  /// after stop() - the caller must refuse what it would have recorded.
  Result<void> post(AuditEvent event);

  /// Whether post() would take a row now. For readiness.
  bool is_accepting() const;

  /// Refuses what comes from now on, and writes what waits with one last try. Error: that of the
  /// write; rows are lost then.
  Task<void> stop();

  std::uint64_t posted() const;   ///< Rows taken by post() so far.
  std::uint64_t refused() const;  ///< Rows that post() did not take.

 private:
  struct State;
  /// Shared with the flush under way, which may end after this object.
  std::shared_ptr<State> state_;
};

}  // namespace sovereign::core
