#include "core/launcher/run_store.hpp"

#include <algorithm>
#include <utility>

namespace sovereign::core {
namespace {

#define RUN_COLUMNS                                                                              \
  "run_id, agent_id, status, started_at, ready_at, stopped_at, pid, exit_code, signal, reason, " \
  "manifest_hash, started_by"

constexpr sql::Statement kInsert{
    "runs.insert",
    "INSERT INTO runs (run_id, agent_id, status, started_at, manifest_hash, approval_id, "
    "started_by) VALUES ($1, $2, $3, $4, $5, $6, $7)"};
constexpr sql::Statement kSetProcess{
    "runs.set_process", "UPDATE runs SET pid = $2, process_started = $3 WHERE run_id = $1"};
constexpr sql::Statement kSetReady{
    "runs.set_ready",
    "UPDATE runs SET status = 'running', ready_at = $2 WHERE run_id = $1 AND status = 'starting'"};
constexpr sql::Statement kSetStopping{
    "runs.set_stopping",
    "UPDATE runs SET status = 'stopping' WHERE run_id = $1 AND status IN ('starting', 'running')"};
constexpr sql::Statement kSetEnded{
    "runs.set_ended",
    "UPDATE runs SET status = $2, exit_code = $3, signal = $4, reason = $5, stopped_at = $6 WHERE "
    "run_id = $1 AND status IN ('starting', 'running', 'stopping')"};
constexpr sql::Statement kRecent{"runs.recent",
                                 "SELECT " RUN_COLUMNS
                                 " FROM runs WHERE agent_id = $1 ORDER BY started_at DESC, run_id "
                                 "LIMIT $2"};
constexpr sql::Statement kFind{
    "runs.find", "SELECT " RUN_COLUMNS " FROM runs WHERE run_id = $1 AND agent_id = $2"};
constexpr sql::Statement kStale{
    "runs.stale",
    "SELECT run_id, agent_id, process_started FROM runs WHERE status IN ('starting', 'running', "
    "'stopping')"};

constexpr std::size_t kReasonBytes = 1000;

std::int64_t micros(base::Timestamp at) { return at.time_since_epoch().count(); }

base::Timestamp timestamp(const sql::Value& value) {
  return base::Timestamp(std::chrono::microseconds(sql::integer(value)));
}

std::optional<base::Timestamp> optional_timestamp(const sql::Value& value) {
  if (sql::is_null(value)) return std::nullopt;
  return timestamp(value);
}

std::optional<std::int64_t> optional_integer(const sql::Value& value) {
  if (sql::is_null(value)) return std::nullopt;
  return sql::integer(value);
}

RunInfo to_run(const sql::Row& row) {
  return {.run_id = RunId::parse(sql::text(row[0])).value(),
          .agent_id = sql::text(row[1]),
          .status = json::value_of<RunStatus>(sql::text(row[2])).value(),
          .started_at = timestamp(row[3]),
          .ready_at = optional_timestamp(row[4]),
          .stopped_at = optional_timestamp(row[5]),
          .pid = optional_integer(row[6]),
          .exit_code = optional_integer(row[7]),
          .signal = optional_integer(row[8]),
          .reason = sql::text(row[9]),
          .manifest_hash = sql::text(row[10]),
          .started_by = sql::text(row[11])};
}

/// Cut at a code point, without the NUL that SQL does not take.
std::string bounded(std::string reason) {
  std::ranges::replace(reason, '\0', ' ');
  if (reason.size() <= kReasonBytes) return reason;
  std::size_t end = kReasonBytes;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0U) == 0x80U) --end;
  reason.resize(end);
  return reason;
}

}  // namespace

sql::Call insert_run(const RunInfo& run, ApprovalId approval) {
  return {kInsert,
          {run.run_id.to_string(), run.agent_id, std::string(json::name_of(run.status)),
           micros(run.started_at), run.manifest_hash, approval.to_string(), run.started_by},
          sql::Expect::one_row};
}

sql::Call set_run_process(RunId run, std::int64_t pid, std::uint64_t process_started) {
  return {kSetProcess,
          {run.to_string(), pid, static_cast<std::int64_t>(process_started)},
          sql::Expect::one_row};
}

sql::Call set_run_ready(RunId run, base::Timestamp at) {
  return {kSetReady, {run.to_string(), micros(at)}};
}

sql::Call set_run_stopping(RunId run) { return {kSetStopping, {run.to_string()}}; }

sql::Call set_run_ended(RunId run, const RunOutcome& outcome, base::Timestamp at) {
  sql::Value code;
  sql::Value signal;
  if (outcome.exit && outcome.exit->signal != 0) {
    signal = std::int64_t{outcome.exit->signal};
  } else if (outcome.exit) {
    code = std::int64_t{outcome.exit->code};
  }
  return {kSetEnded,
          {run.to_string(), std::string(json::name_of(outcome.status)), std::move(code),
           std::move(signal), bounded(outcome.reason), micros(at)},
          sql::Expect::one_row};
}

Task<std::vector<RunInfo>> RunStore::recent(AgentId agent, std::int64_t limit) {
  sql::Call call{kRecent, {agent.text(), std::clamp<std::int64_t>(limit, 1, kMaxListed)}};
  Result<sql::ResultSet> found = co_await database_.read(std::move(call));
  if (!found) co_return Failure(std::move(found.error()));
  std::vector<RunInfo> runs;
  runs.reserve(found->rows.size());
  for (const auto& row : found->rows) runs.push_back(to_run(row));
  co_return runs;
}

Task<RunInfo> RunStore::find(AgentId agent, RunId run) {
  sql::Call call{kFind, {run.to_string(), agent.text()}};
  Result<sql::ResultSet> found = co_await database_.read(std::move(call));
  if (!found) co_return Failure(std::move(found.error()));
  if (found->rows.empty()) {
    co_return base::fail(ErrorCode::not_found, "The agent has no such run.");
  }
  co_return to_run(found->rows.front());
}

Task<std::vector<StaleRun>> RunStore::stale() {
  sql::Call call{kStale, {}};
  Result<sql::ResultSet> found = co_await database_.read(std::move(call));
  if (!found) co_return Failure(std::move(found.error()));
  std::vector<StaleRun> runs;
  for (const auto& row : found->rows) {
    const auto id = RunId::parse(sql::text(row[0]));
    auto agent = AgentId::parse_in_development(sql::text(row[1]));
    if (!id || !agent) continue;
    const auto started = optional_integer(row[2]).value_or(0);
    runs.push_back({*id, std::move(*agent), static_cast<std::uint64_t>(started)});
  }
  co_return runs;
}

Task<void> RunStore::commit(sql::Write write) {
  Result<sql::WriteResult> written = co_await database_.write(std::move(write));
  if (!written) co_return Failure(std::move(written.error()));
  if (!*written) {
    co_return base::fail(ErrorCode::internal, "The run could not be recorded.",
                         "write rejected at statement " + std::to_string(written->error().call));
  }
  co_return Result<void>();
}

}  // namespace sovereign::core
