// The only way to a tool. Every call passes the gate's checks, then the audit log, then goes to its
// agent; what comes back is checked, recorded and handed on. Loop thread only.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/connections/interfaces.hpp"
#include "core/router/call.hpp"
#include "core/router/call_journal.hpp"
#include "core/router/confirmations.hpp"
#include "core/router/gate.hpp"
#include "core/router/idempotency.hpp"
#include "core/router/limits.hpp"
#include "core/router/ports.hpp"
#include "core/router/tool_registry.hpp"
#include "core/router/types.hpp"

namespace sovereign::core {

/// What a router is given. All must outlive it.
struct RouterParts {
  Sessions& sessions;
  AgentFacts& facts;
  AuditSink& audit;
  EventSink& events;
  const InputSummary& summaries;
  sql::Database& database;
  const base::Clock& clock;
  base::Random& random;
  telemetry::Metrics& metrics;
};

/// A call that was accepted.
struct Submitted {
  CallId call;
  /// Set when a call with the same idempotency key has ended already: the observer hears nothing.
  std::shared_ptr<const CallOutcome> replayed = nullptr;
};

class Router final : public ToolRegistrar, public ConnectionObserver, private CallOwner {
 public:
  explicit Router(const RouterParts& parts, CallLimits limits = {});
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// Reads the tools that agents registered last; blocks, once at start.
  Result<void> load();
  void start(boost::asio::any_io_executor executor);
  /// Ends every call with protocol.shutting_down. Idempotent; nothing is accepted afterwards.
  void stop();

  /// Sets a call going; `observer`, which must live until then, hears how it goes on until
  /// finished(). A refusal is the answer when the call does not get that far; the observer hears
  /// nothing then. With an idempotency key that is in use the observer joins the call under way.
  std::expected<Submitted, Refusal> submit(CallRequest request, CallObserver& observer,
                                           const CallOrigin& origin = {});
  /// `observer` hears no more of the call; when nobody else listens the call is cancelled.
  void abandon(CallId call, CallObserver& observer);
  /// Asks the agent to stop; the call ends as canceled, within CallLimits::cancel_deadline in any
  /// case. Error: `not_found`, no such call is under way.
  Result<void> cancel(CallId call, const Actor& actor);

  /// submit() for coroutines. Cancelling it cancels the call. `streams` hears what comes meanwhile
  /// (never finished()), and must outlive the call.
  boost::asio::awaitable<CallEnd> call(CallRequest request, CallObserver* streams = nullptr);

  const ToolRegistry& tools() const { return registry_; }
  /// Under way, oldest first, then the newest that ended.
  std::vector<CallSummary> calls() const;
  /// The call under way, null when there is none.
  const Call* find(CallId call) const;
  /// The newest call under way that `agent` carries out for this request; null: none.
  const Call* find_parent(const AgentId& agent, std::string_view request_id) const;
  Confirmations& confirmations() { return confirmations_; }
  const CallLimits& limits() const { return limits_; }
  const boost::asio::any_io_executor& executor() const { return executor_; }

  /// Ends waiting calls and confirmations whose time is over. The router's timer calls it.
  void sweep();

  // ToolRegistrar
  std::vector<ToolVerdict> register_tools(AgentSession& session,
                                          std::span<const protocol::Tool> tools,
                                          Registration mode) override;
  std::vector<bool> unregister_tools(AgentSession& session,
                                     std::span<const std::string_view> tools) override;

  // ConnectionObserver
  void connected(AgentSession& session) override;
  void ready(AgentSession& session) override;
  void tools_changed(AgentSession& session) override;
  void health_changed(AgentSession& session, Health health) override;
  void disconnected(const Disconnected& event) override;

 private:
  using CallMap = std::unordered_map<CallId, Call>;

  // CallOwner
  void on_stream(Call& call, const protocol::ToolStream& message) override;
  void on_result(Call& call, const protocol::ToolResult& message) override;

  std::expected<Submitted, Refusal> act(Verdict verdict, CallRequest& request,
                                        CallObserver& observer, const CallOrigin& origin,
                                        CallId id);
  std::expected<Submitted, Refusal> begin(Admission admission, CallRequest& request,
                                          CallObserver& observer, const CallOrigin& origin,
                                          CallId id);
  std::expected<Submitted, Refusal> wait(Lane& lane, CallRequest& request, CallObserver& observer,
                                         const CallOrigin& origin, CallId id);
  Call& make_call(Admission admission, CallRequest& request, const CallOrigin& origin, CallId id);
  Result<void> send(Call& call, const CallRequest& request, std::chrono::milliseconds timeout);
  CallOutcome outcome_of(const Call& call, const protocol::ToolResult& message,
                         bool& output_is_valid) const;
  void finish(Call& call, const CallOutcome& outcome, bool output_is_valid);
  void release(CallMap::iterator call);
  void cancel_children(CallId parent);
  void cancel_call(Call& call, std::string_view reason);
  void retry_waiting(const AgentId& agent);
  std::optional<WaitingCall> take_waiting(CallId call);
  void refuse_waiting(WaitingCall waiting, Error error);
  std::optional<Refusal> check_origin(const CallRequest& request, const CallOrigin& origin) const;
  void arm_timer();

  ToolVerdict register_tool(const AgentId& agent, const protocol::Tool& tool);

  const CallLimits limits_;
  RouterParts parts_;
  boost::asio::any_io_executor executor_;
  std::optional<boost::asio::steady_timer> timer_;
  bool timer_is_armed_ = false;
  bool is_stopped_ = false;
  ToolRegistry registry_;
  ReplayCache replays_;
  Confirmations confirmations_;
  Gate gate_;
  CallJournal journal_;
  CallMap calls_;
  std::vector<CallMap::node_type> spare_;  ///< Calls that ended, to be used again.
  std::size_t nested_ = 0;                 ///< Of calls_, those that agents made.
};

}  // namespace sovereign::core
