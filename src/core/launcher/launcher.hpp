// Starts, watches, restarts and stops agents. The only way to an agent's process. Loop thread only.
//
// A start is recorded and audited before anything of the agent runs; an end is recorded with its
// audit row and decides whether the agent comes back (restart_policy.hpp).
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/home.hpp"
#include "core/launcher/entry_point.hpp"
#include "core/launcher/launch_environment.hpp"
#include "core/launcher/ports.hpp"
#include "core/launcher/restart_policy.hpp"
#include "core/launcher/run.hpp"
#include "core/launcher/run_store.hpp"
#include "process/spawner.hpp"

namespace sovereign::core {

/// What the launcher works with; all must outlive it.
struct LauncherParts {
  sql::Database& database;
  const Clock& clock;
  base::Random& random;
  async::WorkerPool& workers;
  process::Spawner& spawner;
  const Home& home;
  AgentSource& agents;
  ApprovalSource& approvals;
  ConnectionControl& connections;
  RunJournal& journal;
  LogRedaction& redaction;
};

struct LauncherOptions {
  std::string path = "/usr/local/bin:/usr/bin:/bin";  ///< PATH of agents.
  process::Environment operator_environment;          ///< Where approved variables come from.
  process::Environment toolchain;                     ///< As EnvironmentFacts::toolchain.
  /// A BEAM starts within 128 MiB; an idle agent takes about 60.
  process::ResourceLimits limits{.data = 512ULL << 20};
  RunDeadlines deadlines;                              ///< `welcome` is for Mix tasks.
  std::chrono::milliseconds release_welcome{30'000};   ///< For releases and commands.
  std::chrono::milliseconds ticket_lifetime{120'000};  ///< For the first hello.
  RestartTimes restarts;
  LogFileOptions logs;
  std::size_t running_limit = 64;
};

struct StartOptions {
  Actor actor;
  RestartPolicy restart = RestartPolicy::never;
  /// A person wants it to run in spite of its crashes.
  enum class Hold : std::uint8_t { keep, release } hold = Hold::keep;
};

class Launcher {
 public:
  Launcher(LauncherParts parts, LauncherOptions options);
  /// stop_all() must have ended, or the loop.
  ~Launcher();
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;

  /// Before anything else. Orphans are reaped once a second from here on.
  void start(boost::asio::any_io_executor executor);

  /// Runs that were not over when the Core ended last: what is left of their processes is killed,
  /// found by the run id in their environments, and they become crashed: core_restarted. Once,
  /// after start(). Errors: `unavailable`.
  Task<void> settle_stale_runs();

  /// Resumes when the process is there; what it does then is told by events. A cancelled caller
  /// does not end the launch. Errors: those of check_gate(), agent_start_failed, `unavailable`.
  Task<RunInfo> start_agent(AgentId agent, StartOptions options);

  /// Resumes when nothing of it is left; also ends a pending restart. Errors: agent_not_running,
  /// `unavailable` (a process cannot be killed).
  Task<RunInfo> stop_agent(AgentId agent, Actor actor, std::string reason);

  /// Stops it if it runs, then starts it; forgets its crashes. Keeps its restart policy unless one
  /// is given. Errors: as start_agent().
  Task<RunInfo> restart_agent(AgentId agent, Actor actor, std::optional<RestartPolicy> restart);

  /// Refuses starts from now on and stops everything; resumes when nothing runs.
  Task<void> stop_all();

  /// From the approvals: the agent may not run any more. Its connection ends before this returns,
  /// its process soon after.
  void approval_ended(const AgentId& agent, std::string reason);

  // From the hub. Runs that are not there any more are ignored.
  void connected(const AgentId& agent, RunId run);
  void ready(const AgentId& agent, RunId run);
  void health_changed(const AgentId& agent, RunId run, Health health);
  void disconnected(const AgentId& agent, RunId run);

  /// Called when an agent crashed too often and is held, for a roll-back after an update. It may
  /// call release_hold() and start_agent().
  void on_crash_loop(std::function<void(const AgentId&)> listener);
  void release_hold(const AgentId& agent);

  LiveState live(const AgentId& agent) const;
  std::size_t running() const;
  /// The processes that run, for measuring: agent and pid.
  std::vector<std::pair<AgentId, pid_t>> processes() const;
  Task<std::vector<RunInfo>> recent_runs(AgentId agent, std::int64_t limit);

  /// The log in memory of the agent's current or last run since the Core started; null when there
  /// is none, or when `run` is another one.
  std::shared_ptr<RunLog> log(const AgentId& agent, std::optional<RunId> run) const;
  /// The run that `text` names, or the agent's last one, also of before the Core started. Error:
  /// not_found.
  Task<RunId> find_run(AgentId agent, std::optional<std::string> text);
  /// The last lines of any run, from memory or disk. Errors: not_found.
  Task<std::vector<LogLine>> log_tail(AgentId agent, RunId run, std::size_t count);

 private:
  /// Everything about one agent that outlives a run.
  struct Entry;
  /// What the gate let through.
  struct Admitted;
  /// What is ready to be spawned.
  struct Prepared;
  class Launching;

  Entry& entry(const AgentId& agent);
  Run* current(const AgentId& agent, RunId run) const;

  Task<RunInfo> launch(AgentId agent, StartOptions options);
  Task<Admitted> admit(Entry& entry, const AgentId& agent, bool is_busy);
  Task<Prepared> prepare(const Admitted& admitted, const StartOptions& options);
  Task<void> record_start(const Prepared& prepared, const Admitted& admitted, const Actor& actor);
  Task<std::shared_ptr<Run>> spawn(Entry& entry, const Admitted& admitted, Prepared prepared);
  Result<void> check_still_wanted(const Entry& entry, const Admitted& admitted) const;
  Task<void> record_refusal(AgentId agent, Actor actor, Error error);
  Task<void> record_failed_start(RunInfo info, AgentId agent, Error error);

  boost::asio::awaitable<void> supervise(std::shared_ptr<Run> run,
                                         std::unique_ptr<LineFilter> output,
                                         std::unique_ptr<LineFilter> errors);
  Task<void> record_end(const Run& run, const RunOutcome& outcome, const RestartDecision& decision);
  void decide(Entry& entry, const AgentId& agent, const RestartDecision& decision);
  RestartDecision consult(Entry& entry, RunEnd end, std::optional<base::SteadyTime> ready_since);
  boost::asio::awaitable<void> come_back(AgentId agent, std::chrono::milliseconds delay,
                                         std::uint64_t number);
  boost::asio::awaitable<void> record_ready(RunId run, base::Timestamp at);
  boost::asio::awaitable<void> reap();
  void show(const AgentId& agent, const Entry& entry);

  LauncherParts parts_;
  const LauncherOptions options_;
  RunStore store_;
  boost::asio::any_io_executor executor_;
  std::map<AgentId, std::unique_ptr<Entry>> entries_;
  std::function<void(const AgentId&)> on_crash_loop_;
  bool is_stopping_ = false;
  int background_ = 0;  ///< Coroutines of ours that stop_all() waits for.
  WakeUp background_ended_;
  WakeUp stopping_;
};

}  // namespace sovereign::core
