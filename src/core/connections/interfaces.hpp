// Where agents' connections meet the rest of the Core: what the router asks of a connected agent
// (AgentSession), what it answers (ToolRegistrar, ToolCaller, CallSink), and what the router and
// the launcher learn (ConnectionObserver). All of it: loop thread only, and nothing here blocks.
//
// References and views handed to a callback are valid until it returns.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/ids.hpp"
#include "core/state.hpp"
#include "protocol/messages.hpp"

namespace sovereign::core {

/// A call on its way to an agent; the frame is written before call() returns, so views suffice.
/// Everything was checked by the router already (rule 6 of the protocol).
struct ToolCall {
  CallId id;
  std::string_view tool_id;  ///< `<agent_id>/<name>`.
  std::string_view input;    ///< One JSON object as text.
  std::chrono::milliseconds timeout{30'000};
  std::string_view idempotency_key = {};
  std::string_view caller_type = {};  ///< human, agent, system or model; empty: not told.
  std::string_view caller_id = {};
  std::string_view context = {};  ///< One JSON object as text; empty: none.
  std::string_view request_id;    ///< Always set.
  std::string_view correlation_id = {};
  std::string_view causation_id = {};
};

/// Takes what comes back of one call. Must stay alive until on_result() or AgentSession::forget().
/// Neither is called from within AgentSession::call(); both may call back into the session.
class CallSink {
 public:
  /// In order, `seq` rising, within the limits of a chunk and of a call; never after the result.
  virtual void on_stream(const protocol::ToolStream& message) = 0;
  /// Exactly once, unless the call was forgotten: the agent's result, or a failure the session
  /// makes: tool.timeout, tool.canceled (deadline of a cancellation), tool.invalid_output (a result
  /// that is none) or agent.disconnected. The session has forgotten the call by then.
  virtual void on_result(const protocol::ToolResult& message) = 0;

 protected:
  ~CallSink() = default;
};

/// A connected agent. Ends with ConnectionObserver::disconnected(): hold it no longer than that.
class AgentSession {
 public:
  virtual const AgentId& agent() const = 0;
  virtual RunId run() const = 0;
  virtual SessionId id() const = 0;
  virtual Health health() const = 0;
  /// False before the first registration was answered, and while the agent is unhealthy: nothing is
  /// routed to it then.
  virtual bool is_routable() const = 0;
  /// Whether both sides listed the capability `invoke`.
  virtual bool may_invoke() const = 0;
  virtual std::size_t inflight() const = 0;

  /// Sends core.tool.call. When `call.timeout` passes without a result the session sends
  /// core.tool.cancel, hands the sink `tool.timeout` and forgets the call; timeouts are checked
  /// every 50 ms. Errors, and the sink is not called: limit.inflight (256 under way), tool.busy
  /// (the agent does not read what was sent), agent.unhealthy, agent.disconnected,
  /// tool.input_too_large (over a frame), tool.failed (this id is under way).
  virtual Result<void> call(const ToolCall& call, CallSink& sink) = 0;
  /// Sends core.tool.cancel. The result that follows goes to the sink; when none came within
  /// `deadline`, the sink gets `tool.canceled`. A call that is not under way: nothing happens.
  virtual void cancel(CallId call, std::string_view reason, std::chrono::milliseconds deadline) = 0;
  /// The sink hears no more; what the agent still sends for this call is dropped and audited. Tell
  /// the agent with cancel() before.
  virtual void forget(CallId call) = 0;

  /// Answers to an agent's own call (ToolCaller). `seq` is chosen by the caller of this. Dropped
  /// when the agent is gone or the call was answered.
  virtual void stream_invoked(const protocol::InvokeStream& message) = 0;
  virtual void answer_invoked(const protocol::InvokeResult& message) = 0;

 protected:
  ~AgentSession() = default;
};

/// The agents that are connected now. Hub is the real one.
class Sessions {
 public:
  virtual ~Sessions() = default;
  /// Null unless the agent is connected and welcomed.
  virtual AgentSession* session(const AgentId& agent) = 0;
};

enum class Registration { add, replace };

/// One answer for one tool: nothing when it is accepted.
using ToolVerdict = std::optional<protocol::ProtocolError>;

/// Keeps what tools there are. The router implements it.
class ToolRegistrar {
 public:
  virtual ~ToolRegistrar() = default;
  /// One verdict a tool, in order. Checked before: each is well-formed, named `<agent_id>/<name>`
  /// under the session's agent, not twice in this message, each schema within 64 KiB, no more than
  /// 256 with those that are registered. `replace` swaps the agent's whole set in one step for
  /// those accepted. `add` of a name that is registered already is for the registrar to reject.
  virtual std::vector<ToolVerdict> register_tools(AgentSession& session,
                                                  std::span<const protocol::Tool> tools,
                                                  Registration mode) = 0;
  /// Removes those of `tools` that are this agent's; the answer says for each whether it was there.
  virtual std::vector<bool> unregister_tools(AgentSession& session,
                                             std::span<const std::string_view> tools) = 0;
};

/// An agent calls another agent's tool (extension `invoke`). The texts of the envelope say on
/// behalf of which call: the agent echoes them.
struct AgentCall {
  std::string_view call_id;  ///< The agent's own; unique among those it has under way.
  std::string_view tool_id;
  const json::Object& input;
  std::string_view input_text;  ///< The same as it was sent; empty: not known.
  std::optional<std::chrono::milliseconds> timeout;
  std::string_view request_id;
  std::string_view correlation_id;
  std::string_view causation_id;
};

/// Makes agents' calls. The router implements it: it copies what it needs and answers through
/// stream_invoked() and answer_invoked(), the latter exactly once, also for a refusal; may answer
/// before invoke() returns.
class ToolCaller {
 public:
  virtual ~ToolCaller() = default;
  virtual void invoke(AgentSession& caller, const AgentCall& call) = 0;
  /// The agent wants no answer any more but still gets one, `canceled` as a rule.
  virtual void cancel_invoked(AgentSession& caller, std::string_view call_id) = 0;
};

enum class DisconnectReason {
  closed_by_agent,     ///< It closed the connection, or its process ended.
  withdrawn,           ///< Hub::withdraw() or stop().
  protocol_violation,  ///< What it sent cannot be trusted.
  not_registered,      ///< No tools within 30 s of the welcome.
  lost,                ///< A read or a write failed.
};

struct Disconnected {
  AgentId agent;
  RunId run;
  SessionId session;
  DisconnectReason reason;
  std::string detail;          ///< One sentence, safe to show.
  bool may_reconnect = false;  ///< The run may connect once more within 10 s.
};

/// Hears about connections. Several may listen; they are called in the order they were added.
class ConnectionObserver {
 public:
  virtual ~ConnectionObserver() = default;
  /// The agent was welcomed; its tools are not registered yet.
  virtual void connected(AgentSession&) {}
  /// The first registration was answered: the agent is ready.
  virtual void ready(AgentSession& session) = 0;
  /// A later registration or a removal was answered.
  virtual void tools_changed(AgentSession& session) = 0;
  virtual void health_changed(AgentSession& session, Health health) = 0;
  /// After all its calls have failed with agent.disconnected. The session is not to be used any
  /// more.
  virtual void disconnected(const Disconnected& event) = 0;
  /// A hello for this run was refused (code of the protocol). Not for unknown tokens or agents.
  virtual void handshake_refused(const AgentId&, RunId, std::string_view /*code*/) {}
};

}  // namespace sovereign::core
