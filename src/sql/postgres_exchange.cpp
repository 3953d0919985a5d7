#include "sql/postgres_exchange.hpp"

#include <cstring>

#include "sql/postgres_values.hpp"
#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

bool send_text(PGconn* connection, const char* sql) {
  return PQsendQueryParams(connection, sql, 0, nullptr, nullptr, nullptr, nullptr, 0) == 1;
}

bool is_success(const PGresult* result) {
  const auto status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

}  // namespace

bool PostgresExchange::send(PGconn* connection, PreparedNames& prepared) {
  for (const Call& call : request_.calls) {
    const auto [name, is_new] = prepared.insert(std::string(call.statement.name));
    if (!is_new) continue;
    preparing_.push_back(*name);
    stage_ = Stage::preparing;
    const std::string sql(call.statement.sql);
    if (PQsendPrepare(connection, name->c_str(), sql.c_str(), 0, nullptr) == 0 ||
        PQpipelineSync(connection) == 0)
      return false;
  }
  // Sessions are read-only by default.
  if (request_.kind == PostgresRequest::Kind::write && !send_text(connection, "BEGIN READ WRITE"))
    return false;
  for (const Call& call : request_.calls) {
    if (!send_statement(connection, call)) return false;
  }
  return PQpipelineSync(connection) == 1;
}

bool PostgresExchange::send_statement(PGconn* connection, const Call& call) const {
  const PostgresParameters parameters(call.parameters);
  const std::string name(call.statement.name);
  return PQsendQueryPrepared(connection, name.c_str(), parameters.count(), parameters.data(),
                             nullptr, nullptr, 0) == 1;
}

bool PostgresExchange::send_end(PGconn* connection) {
  committing_ = !failed();
  return send_text(connection, committing_ ? "COMMIT" : "ROLLBACK") &&
         PQpipelineSync(connection) == 1;
}

void PostgresExchange::on_result(const PGresult* result, PreparedNames& prepared) {
  switch (stage_) {
    case Stage::preparing:
      if (is_success(result)) return;
      prepared.erase(preparing_[prepared_count_]);
      if (!failed()) error_ = error_of(result);
      return;
    case Stage::running: {
      const std::size_t begin = request_.kind == PostgresRequest::Kind::write ? 1 : 0;
      const std::size_t position = position_++;
      if (position >= begin) return on_call_result(result, position - begin);
      if (!is_success(result) && !failed()) error_ = error_of(result);
      return;
    }
    case Stage::ending: return on_end_result(result);
  }
}

void PostgresExchange::on_call_result(const PGresult* result, std::size_t call) {
  // The first failure counts; what follows it was skipped, or is rolled back.
  if (failed()) return;
  const Call& sent = request_.calls[call];
  if (!is_success(result)) {
    failed_statement_ = sent.statement.name;
    error_ = error_of(result);
    if (!error_->rejection) return;
    rejection_ = std::move(error_->rejection);
    rejection_->call = call;
    error_.reset();
    return;
  }
  results_.push_back(to_result_set(result));
  if (!meets(sent.expect, results_.back())) rejection_ = Rejection{.call = call};
}

void PostgresExchange::on_end_result(const PGresult* result) {
  if (!is_success(result)) {
    if (!failed()) error_ = error_of(result);
    // A deferred constraint speaks up here.
    if (error_ && error_->rejection) {
      rejection_ = std::move(error_->rejection);
      rejection_->call = request_.calls.size() - 1;
      error_.reset();
    }
    return;
  }
  // The server answers COMMIT with ROLLBACK when the transaction had failed.
  committed_ = std::strcmp(PQcmdStatus(const_cast<PGresult*>(result)), "COMMIT") == 0;
  if (committing_ && !committed_)
    error_ = PostgresError{PostgresFault::bug, "COMMIT rolled back", {}};
}

PostgresExchange::Next PostgresExchange::on_sync() {
  if (stage_ == Stage::preparing) {
    if (++prepared_count_ == preparing_.size()) stage_ = Stage::running;
    return Next::wait;
  }
  if (stage_ == Stage::running && request_.kind == PostgresRequest::Kind::write) {
    stage_ = Stage::ending;
    return Next::decide;
  }
  return Next::finished;
}

bool PostgresExchange::should_retry() const {
  return error_ && error_->fault == PostgresFault::conflict && !request_.was_retried;
}

Result<WriteResult> PostgresExchange::outcome() {
  if (error_) return std::unexpected(to_error(*error_, failed_statement_));
  if (rejection_) return WriteResult(std::unexpected(std::move(*rejection_)));
  return WriteResult(std::move(results_));
}

Error PostgresExchange::lost(std::string_view why) const {
  const bool unknown = stage_ == Stage::ending && committing_;
  return database_unavailable(unknown ? fmt::format("commit outcome unknown: {}", why)
                                      : std::string(why))
      .error();
}

}  // namespace sovereign::sql
