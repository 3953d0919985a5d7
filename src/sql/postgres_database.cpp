#include "sql/postgres_database.hpp"

#include "sql/postgres_listener.hpp"
#include "sql/postgres_session.hpp"
#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

constexpr Statement kCheck{"database.check", "SELECT 1"};

}  // namespace

Result<std::unique_ptr<Database>> PostgresDatabase::open(std::string conninfo,
                                                         const DatabaseOptions& options) {
  if (auto checked = check_conninfo(conninfo); !checked) return std::unexpected(checked.error());
  PostgresSettings settings{std::move(conninfo), options.timeout};
  if (auto session = PostgresSession::open(settings); !session)
    return std::unexpected(session.error());
  return std::unique_ptr<Database>(new PostgresDatabase(std::move(settings), options));
}

PostgresDatabase::PostgresDatabase(PostgresSettings settings, const DatabaseOptions& options)
    : settings_(std::move(settings)), pool_(settings_, options.connections, options.queue_limit) {}

Task<WriteResult> PostgresDatabase::submit(PostgresRequest::Kind kind, std::vector<Call> calls) {
  auto start = [this, kind, &calls](Completion<WriteResult> complete) {
    pool_.submit({.kind = kind, .calls = std::move(calls), .complete = std::move(complete)});
  };
  auto outcome = co_await await_completion<WriteResult>(std::move(start));
  co_return outcome;
}

Task<ResultSet> PostgresDatabase::read(Call call) {
  if (auto checked = check_parameters(call); !checked) co_return std::unexpected(checked.error());
  std::vector<Call> calls;
  calls.push_back(std::move(call));
  auto outcome = co_await submit(PostgresRequest::Kind::read, std::move(calls));
  if (!outcome) co_return std::unexpected(outcome.error());
  // Only a write can break a constraint, and a session refuses those in a read.
  if (!*outcome) co_return database_bug("a read was rejected");
  co_return std::move((*outcome)->front());
}

Task<WriteResult> PostgresDatabase::write(Write write) {
  if (auto checked = check_parameters(write); !checked) co_return std::unexpected(checked.error());
  if (write.calls.empty()) co_return WriteResult();
  auto outcome = co_await submit(PostgresRequest::Kind::write, std::move(write.calls));
  co_return outcome;
}

Result<void> PostgresDatabase::scan(Call call, const RowVisitor& visit) {
  if (auto checked = check_parameters(call); !checked) return checked;
  auto session = PostgresSession::open(settings_);
  if (!session) return std::unexpected(session.error());
  return (*session)->scan(call, visit);
}

Result<void> PostgresDatabase::migrate(std::span<const Migration> migrations) {
  auto session = PostgresSession::open(settings_);
  if (!session) return std::unexpected(session.error());
  return apply_migrations(**session, migrations);
}

Task<void> PostgresDatabase::check() {
  const auto answer = co_await read(Call{kCheck, {}});
  if (!answer) co_return std::unexpected(answer.error());
  co_return Result<void>();
}

Result<void> PostgresDatabase::backup(const std::string&) {
  return base::fail(ErrorCode::unprocessable, "Back a PostgreSQL database up with pg_dump.");
}

std::unique_ptr<Listening> PostgresDatabase::listen(std::string_view channel,
                                                    std::function<void()> on_announcement) {
  return std::make_unique<PostgresListener>(settings_, channel, std::move(on_announcement));
}

DatabaseStatus PostgresDatabase::status() const {
  const auto counts = pool_.counts();
  return {counts.waiting_writes, counts.waiting_reads, counts.commits, counts.commits};
}

}  // namespace sovereign::sql
