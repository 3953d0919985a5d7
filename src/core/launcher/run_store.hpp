// Runs in SQL: every start of an agent and how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "core/launcher/run_info.hpp"
#include "process/exit_status.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// A run that was not over when the Core ended.
struct StaleRun {
  RunId id;
  AgentId agent;
  std::uint64_t process_started = 0;  ///< Start time of its process, in ticks after boot.
};

/// How a run ended.
struct RunOutcome {
  RunStatus status = RunStatus::crashed;
  std::optional<process::ExitStatus> exit;  ///< Nothing when there was no process.
  std::string reason;                       ///< 1000 bytes at most are kept.
};

/// Statements, to be committed with their audit rows.
sql::Call insert_run(const RunInfo& run, ApprovalId approval);
sql::Call set_run_process(RunId run, std::int64_t pid, std::uint64_t process_started);
sql::Call set_run_ready(RunId run, base::Timestamp at);
sql::Call set_run_stopping(RunId run);
sql::Call set_run_ended(RunId run, const RunOutcome& outcome, base::Timestamp at);

class RunStore {
 public:
  static constexpr std::int64_t kMaxListed = 200;

  /// Must outlive it.
  explicit RunStore(sql::Database& database) : database_(database) {}

  /// Newest first.
  Task<std::vector<RunInfo>> recent(AgentId agent, std::int64_t limit);
  /// Error: not_found.
  Task<RunInfo> find(AgentId agent, RunId run);
  Task<std::vector<StaleRun>> stale();
  /// All of `write` or nothing; a rejected write is `internal`.
  Task<void> commit(sql::Write write);

 private:
  sql::Database& database_;
};

}  // namespace sovereign::core
