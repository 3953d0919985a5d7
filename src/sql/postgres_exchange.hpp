// One read or write on its way through a pipelined connection: what to send, what its results mean.
//
// A read is one statement. A write is BEGIN and its statements in one round trip; then, by what
// they did, COMMIT or ROLLBACK in a second one. READ COMMITTED is enough: a write's rules are
// conditional statements, each of which sees what is committed when it runs. Statements the server
// does not know yet are prepared first, each behind a sync of its own, since an error skips all up
// to the next sync.
#pragma once

#include <libpq-fe.h>

#include <optional>
#include <string>
#include <unordered_set>

#include "sql/completion.hpp"
#include "sql/postgres_error.hpp"

namespace sovereign::sql {

/// What a caller waits for. A read has one call.
struct PostgresRequest {
  enum class Kind { read, write };
  Kind kind = Kind::read;
  std::vector<Call> calls;
  Completion<WriteResult> complete;
  std::chrono::steady_clock::time_point queued;
  bool was_retried = false;
};

class PostgresExchange {
 public:
  using PreparedNames = std::unordered_set<std::string>;

  /// What the connection has to do after a sync.
  enum class Next {
    wait,      ///< For more results.
    decide,    ///< Send the end of the transaction.
    finished,  ///< Take the request back with its outcome.
  };

  explicit PostgresExchange(PostgresRequest request) : request_(std::move(request)) {}

  /// Queues the first round trip in libpq; false when the connection is broken. Adds to `prepared`.
  bool send(PGconn* connection, PreparedNames& prepared);
  /// Queues COMMIT or ROLLBACK.
  bool send_end(PGconn* connection);

  /// One result, in the order of what was sent.
  void on_result(const PGresult* result, PreparedNames& prepared);
  Next on_sync();

  /// Whether its transaction is open and undecided: nothing else may use the connection.
  bool is_open() const {
    return request_.kind == PostgresRequest::Kind::write && stage_ != Stage::ending;
  }
  bool committed() const { return committed_; }
  /// Whether the same request may succeed when sent again.
  bool should_retry() const;
  /// Whether it met a session that must be made anew.
  bool found_stale_session() const { return error_ && error_->fault == PostgresFault::stale; }

  PostgresRequest take_request() { return std::move(request_); }
  /// What the caller gets once finished.
  Result<WriteResult> outcome();
  /// What the caller gets when the connection is lost now.
  Error lost(std::string_view why) const;

 private:
  enum class Stage { preparing, running, ending };

  bool send_statement(PGconn* connection, const Call& call) const;
  void on_call_result(const PGresult* result, std::size_t call);
  void on_end_result(const PGresult* result);
  bool failed() const { return rejection_.has_value() || error_.has_value(); }

  PostgresRequest request_;
  Stage stage_ = Stage::running;
  std::vector<std::string> preparing_;  ///< Names sent to be prepared, in order.
  std::size_t prepared_count_ = 0;
  std::size_t position_ = 0;  ///< Results seen in the running stage.
  bool committing_ = false;
  bool committed_ = false;
  std::vector<ResultSet> results_;
  std::optional<Rejection> rejection_;
  std::optional<PostgresError> error_;
  std::string_view failed_statement_;
};

}  // namespace sovereign::sql
