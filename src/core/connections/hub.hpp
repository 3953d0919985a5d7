// All agents' connections: the Unix socket, the handshake, and one session an agent. Loop thread
// only. Follows the runtime protocol (docs/protocol.md), version 1.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/connections/context.hpp"
#include "core/connections/interfaces.hpp"
#include "core/connections/tickets.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::core {

/// What a hub is given. All must outlive it.
struct HubParts {
  const Clock& clock;
  base::Random& random;
  ConnectionJournal& journal;
  telemetry::Metrics& metrics;
  const ProcessTrees& processes;
};

class Hub final : public Sessions {
 public:
  Hub(HubParts parts, HubOptions options);
  ~Hub() override;
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Before start(). All must outlive the hub. Without a caller, agents' own calls are refused.
  void set_registrar(ToolRegistrar& registrar);
  void set_caller(ToolCaller& caller);
  void add_observer(ConnectionObserver& observer);

  /// Listens on `socket_path` (0600, in a folder of 0700). Errors: `unavailable`, naming the path
  /// and what to do: over 107 bytes, another daemon listens there, not to be made.
  Result<void> start(boost::asio::any_io_executor executor, const std::string& socket_path);
  /// Says goodbye to everyone, fails what is under way, closes. Idempotent. What is left of the
  /// connections ends within ConnectionLimits::linger on the executor.
  void stop();

  /// A launch about to happen: its agent may connect with that token. Replaces an older ticket of
  /// the same agent.
  void expect(LaunchTicket ticket);
  /// Which process was started for `run`; a hello that came before waits for this for 2 s. `pidfd`
  /// is duplicated; -1 when there is none.
  void set_process(RunId run, pid_t pid, int pidfd);
  /// Ends the run's ticket and connection: goodbye with `reason`, calls under way fail with
  /// agent.disconnected, close. disconnected() is called before this returns. Unknown: nothing.
  void withdraw(RunId run, std::string_view reason);

  AgentSession* session(const AgentId& agent) override;

  /// Welcomed now, for status pages.
  std::size_t connected() const;

 private:
  class Implementation;
  /// Shared with what is posted to the executor, which may run after this object.
  const std::shared_ptr<Implementation> implementation_;
};

}  // namespace sovereign::core
