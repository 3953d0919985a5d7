#include "registry/changes/log.hpp"

#include <string>
#include <utility>

namespace sovereign::registry {
namespace {

constexpr sql::Statement kNewestSequence{"changes.newest_sequence",
                                         "SELECT COALESCE(MAX(sequence), 0) FROM changes"};
constexpr sql::Statement kNewestPosition{"changes.newest_position",
                                         "SELECT COALESCE(MAX(position), 0) FROM changes"};

constexpr sql::Statement kBySequence{
    "changes.by_sequence",
    "SELECT sequence, agent_id, version, kind, changed_at FROM changes "
    "WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3"};
constexpr sql::Statement kByPosition{
    "changes.by_position",
    "SELECT position, agent_id, version, kind, changed_at FROM changes "
    "WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3"};

constexpr sql::Statement kUnplaced{"changes.unplaced",
                                   "SELECT sequence FROM changes WHERE position IS NULL LIMIT 1"};

// One process at a time, to its commit; each statement then sees what is committed when it begins.
constexpr sql::Statement kLockPlaces{"changes.lock_places",
                                     "SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)"};
constexpr std::int64_t kPlacesLock = 6'003'111'684'041'165'128;

// The announcement reaches its listeners when the positions can be seen.
constexpr sql::Statement kPlace{
    "changes.place",
    "WITH unplaced AS (SELECT sequence, ROW_NUMBER() OVER (ORDER BY sequence) AS place "
    "FROM (SELECT sequence FROM changes WHERE position IS NULL ORDER BY sequence LIMIT $1) AS "
    "oldest), "
    "newest AS (SELECT COALESCE(MAX(position), 0) AS position FROM changes), "
    "placed AS (UPDATE changes SET position = newest.position + unplaced.place "
    "FROM unplaced, newest WHERE changes.sequence = unplaced.sequence RETURNING changes.position) "
    "SELECT CAST(pg_notify($2, '') AS TEXT) FROM placed LIMIT 1"};

bool is_in_commit_order(const sql::Database& database) { return database.engine() == "sqlite"; }

const sql::Statement& newest_of(const sql::Database& database) {
  return is_in_commit_order(database) ? kNewestSequence : kNewestPosition;
}

}  // namespace

Result<std::int64_t> ChangeLog::newest_at_start() {
  std::int64_t newest = 0;
  auto scanned =
      database_.scan({newest_of(database_), {}}, [&newest](std::span<const sql::Value> row) {
        newest = sql::integer(row[0]);
        return true;
      });
  if (!scanned) return Failure(std::move(scanned.error()));
  return newest;
}

Task<std::int64_t> ChangeLog::newest() {
  auto reading = database_.read({newest_of(database_), {}});
  const auto result = co_await std::move(reading);
  if (!result) co_return Failure(result.error());
  co_return sql::integer(result->rows.front()[0]);
}

Task<bool> ChangeLog::has_unplaced() {
  auto reading = database_.read({kUnplaced, {}});
  const auto result = co_await std::move(reading);
  if (!result) co_return Failure(result.error());
  co_return !result->rows.empty();
}

Task<void> ChangeLog::place() {
  if (is_in_commit_order(database_)) co_return Result<void>{};
  auto looking = has_unplaced();
  const auto found = co_await std::move(looking);
  if (!found) co_return Failure(found.error());
  if (!*found) co_return Result<void>{};
  sql::Write write;
  write.calls.push_back({kLockPlaces, {kPlacesLock}});
  write.calls.push_back({kPlace, {kPlacedAtOnce, std::string(kChannel)}});
  auto writing = database_.write(std::move(write));
  const auto written = co_await std::move(writing);
  if (!written) co_return Failure(written.error());
  co_return Result<void>{};
}

Task<std::vector<Change>> ChangeLog::read(std::int64_t after, std::int64_t up_to,
                                          std::int64_t limit) {
  const auto& statement = is_in_commit_order(database_) ? kBySequence : kByPosition;
  auto reading = database_.read({statement, {after, up_to, limit}});
  const auto result = co_await std::move(reading);
  if (!result) co_return Failure(result.error());
  std::vector<Change> changes;
  changes.reserve(result->rows.size());
  for (const auto& row : result->rows) {
    changes.push_back({.position = sql::integer(row[0]),
                       .agent = AgentId::parse(sql::text(row[1])).value(),
                       .version = sql::integer(row[2]),
                       .is_creation = sql::text(row[3]) == "created",
                       .changed_at = Timestamp{std::chrono::microseconds{sql::integer(row[4])}}});
  }
  co_return changes;
}

}  // namespace sovereign::registry
