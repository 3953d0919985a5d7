#include "sql/postgres_session.hpp"

#include "base/encoding.hpp"
#include "sql/postgres_error.hpp"
#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

// Any number will do, so long as every version of the program takes the same: "SOVEREIG" in ASCII.
constexpr std::string_view kMigrationLock = "SELECT pg_advisory_xact_lock(6003111684041165127)";

bool is_success(ExecStatusType status) {
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

Failure cannot_connect(std::string why) {
  return base::fail(ErrorCode::unavailable,
                    "PostgreSQL does not answer; check the database URL and that the server runs.",
                    std::move(why));
}

}  // namespace

Result<std::unique_ptr<PostgresSession>> PostgresSession::open(const PostgresSettings& settings) {
  const PostgresConnectParameters parameters(settings);
  std::unique_ptr<PostgresSession> session(
      new PostgresSession(PQconnectdbParams(parameters.keywords(), parameters.values(), 1)));
  PGconn* connection = session->connection_.get();
  if (PQstatus(connection) != CONNECTION_OK) {
    return cannot_connect(std::string(base::trim_ascii(PQerrorMessage(connection))));
  }
  if (auto refusal = refuse_server(connection); !refusal.empty())
    return cannot_connect(std::move(refusal));
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
  return session;
}

Error PostgresSession::lost(std::string_view what) const {
  return database_unavailable(
             fmt::format("{}: {}", what, base::trim_ascii(PQerrorMessage(connection_.get()))))
      .error();
}

Result<void> PostgresSession::scan(const Call& call, const RowVisitor& visit) {
  PGconn* connection = connection_.get();
  const PostgresParameters parameters(call.parameters);
  const std::string sql(call.statement.sql);
  if (PQsendQueryParams(connection, sql.c_str(), parameters.count(), nullptr, parameters.data(),
                        nullptr, nullptr, 0) == 0 ||
      PQsetSingleRowMode(connection) == 0) {
    return std::unexpected(lost(call.statement.name));
  }
  Row row;
  while (const PostgresResult result{PQgetResult(connection)}) {
    switch (PQresultStatus(result.get())) {
      case PGRES_SINGLE_TUPLE:
        read_row(result.get(), 0, row);
        // The caller closes the session, which ends the query.
        if (!visit(row)) return {};
        break;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK: break;
      default: return std::unexpected(to_error(error_of(result.get()), call.statement.name));
    }
  }
  if (PQstatus(connection) != CONNECTION_OK) return std::unexpected(lost(call.statement.name));
  return {};
}

Result<void> PostgresSession::begin_exclusive() {
  // No limit on statements: a migration may rewrite a large table. One on waiting for the others.
  const std::string begin =
      "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '10min';";
  return execute(begin + std::string(kMigrationLock));
}

Result<void> PostgresSession::execute(const std::string& sql) {
  const PostgresResult result(PQexec(connection_.get(), sql.c_str()));
  if (result == nullptr) return std::unexpected(lost("execute"));
  if (is_success(PQresultStatus(result.get()))) return {};
  return std::unexpected(to_error(error_of(result.get()), "execute"));
}

Result<ResultSet> PostgresSession::select(const Statement& statement) {
  const std::string sql(statement.sql);
  const PostgresResult result(PQexec(connection_.get(), sql.c_str()));
  if (result == nullptr) return std::unexpected(lost(statement.name));
  if (!is_success(PQresultStatus(result.get())))
    return std::unexpected(to_error(error_of(result.get()), statement.name));
  return to_result_set(result.get());
}

}  // namespace sovereign::sql
