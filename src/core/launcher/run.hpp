// One run of an agent: its process from the spawn to the end of its tree, what it says, and the
// deadlines it has to meet. Knows nothing of approvals, restarts or SQL: the launcher does. Loop
// thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "core/launcher/ports.hpp"
#include "core/launcher/run_info.hpp"
#include "core/launcher/run_log.hpp"
#include "core/launcher/run_store.hpp"
#include "core/launcher/wake_up.hpp"
#include "process/child.hpp"

namespace sovereign::core {

/// How long a run may be in a state that should pass.
struct RunDeadlines {
  std::chrono::milliseconds welcome{60'000};    ///< From the spawn to the welcome.
  std::chrono::milliseconds ready{30'000};      ///< From the welcome to its tools.
  std::chrono::milliseconds reconnect{12'000};  ///< Without a connection; the hub waits 10 s.
  std::chrono::milliseconds unhealthy{30'000};  ///< Unhealthy without a break.
  std::chrono::milliseconds grace{5'000};       ///< Between SIGTERM and SIGKILL.
};

struct RunParts {
  boost::asio::any_io_executor executor;
  ConnectionControl& connections;  ///< Must outlive the run.
};

/// Secrets that must stay out of its log, as long as it may speak.
using KeptSecrets = std::vector<std::shared_ptr<void>>;

class Run : public std::enable_shared_from_this<Run> {
 public:
  Run(RunParts parts, RunInfo info, AgentId agent, process::Child child,
      std::shared_ptr<RunLog> log, KeptSecrets secrets, RunDeadlines deadlines);

  const AgentId& agent() const { return agent_; }
  RunId id() const { return info_.run_id; }
  const RunInfo& info() const { return info_; }
  RunInfo& info() { return info_; }
  const std::shared_ptr<RunLog>& log() const { return log_; }
  /// What no log may say, for when the run is over.
  KeptSecrets take_secrets() { return std::move(secrets_); }
  const LiveState& live() const { return live_; }
  std::optional<base::SteadyTime> ready_since() const { return ready_since_; }

  /// Drives the run until its process and all it started have ended and its last words are kept.
  boost::asio::awaitable<RunOutcome> drive(std::unique_ptr<LineFilter> output,
                                           std::unique_ptr<LineFilter> errors);

  /// Goodbye, SIGTERM, and SIGKILL after the grace. `reason` ends up in the outcome. False when it
  /// is under way already.
  bool request_stop(std::string reason);

  // What the hub tells.
  void connected();
  void ready(base::SteadyTime now);
  void health_changed(Health health);
  void disconnected();

  /// Resumes once drive() is over and the launcher has recorded it, at the latest at `deadline`.
  boost::asio::awaitable<void> wait_ended(base::SteadyTime deadline);
  void mark_ended();
  bool has_ended() const { return has_ended_; }

 private:
  void expect_within(std::chrono::milliseconds limit, std::string failure);
  void end_because(std::string failure);
  void begin_end();
  boost::asio::awaitable<void> pump(process::Pipe& pipe, LogStream stream,
                                    std::unique_ptr<LineFilter> filter);
  RunOutcome outcome(Result<process::ExitStatus> exit) const;

  RunParts parts_;
  RunInfo info_;
  const AgentId agent_;
  process::Child child_;
  std::shared_ptr<RunLog> log_;
  KeptSecrets secrets_;
  const RunDeadlines deadlines_;
  LiveState live_{.run = RunState::starting, .connection = ConnectionState::handshaking};
  std::optional<base::SteadyTime> ready_since_;
  boost::asio::steady_timer deadline_;
  std::uint64_t deadline_number_ = 0;  ///< A timer that fired may be obsolete when it is handled.
  std::optional<std::string> stop_reason_;
  std::string failure_;
  int pumps_ = 2;
  WakeUp pumped_;
  WakeUp ended_;
  bool has_ended_ = false;
};

}  // namespace sovereign::core
