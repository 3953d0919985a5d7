// A welcomed agent's connection: its tools, the calls under way, its health. The socket is
// ipc::FramedConnection's, decisions are InflightCalls' and Heartbeats'; this is what binds them to
// messages.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "core/connections/budget.hpp"
#include "core/connections/context.hpp"
#include "core/connections/heartbeats.hpp"
#include "core/connections/inflight_calls.hpp"
#include "core/connections/interfaces.hpp"
#include "ipc/framed_connection.hpp"

namespace sovereign::core {

class Session;

/// The hub, as a session sees it.
class SessionOwner {
 public:
  virtual void ready(Session& session) = 0;
  virtual void tools_changed(Session& session) = 0;
  virtual void health_changed(Session& session, Health health) = 0;
  /// The session is over and no longer to be found; its calls have not failed yet.
  virtual void retire(Session& session) = 0;
  /// Everything has failed.
  virtual void ended(Session& session, DisconnectReason reason, std::string detail) = 0;
  /// There is a deadline to watch.
  virtual void wake() = 0;

 protected:
  ~SessionOwner() = default;
};

struct SessionIdentity {
  AgentId agent;
  RunId run;
  SessionId session;
  bool may_invoke = false;
};

class Session final : public AgentSession, public ipc::FrameHandler {
 public:
  /// The first two must outlive it.
  Session(ConnectionContext& context, SessionOwner& owner, SessionIdentity identity,
          std::shared_ptr<ipc::FramedConnection> connection);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // AgentSession
  const AgentId& agent() const override { return identity_.agent; }
  RunId run() const override { return identity_.run; }
  SessionId id() const override { return identity_.session; }
  Health health() const override { return heartbeats_.health(); }
  bool is_routable() const override;
  bool may_invoke() const override { return identity_.may_invoke; }
  std::size_t inflight() const override { return calls_.size(); }
  Result<void> call(const ToolCall& call, CallSink& sink) override;
  void cancel(CallId call, std::string_view reason, std::chrono::milliseconds deadline) override;
  void forget(CallId call) override;
  void stream_invoked(const protocol::InvokeStream& message) override;
  void answer_invoked(const protocol::InvokeResult& message) override;

  // ipc::FrameHandler
  void on_frame(std::string_view frame) override;
  void on_closed(ipc::CloseReason reason) override;

  /// What time brings: timeouts, missed heartbeats, no registration. May end the session.
  void sweep(SteadyTime now);
  bool has_deadlines() const { return calls_.size() > 0; }

  /// Says goodbye and closes; everything under way fails. Idempotent.
  void end(DisconnectReason reason, std::string_view goodbye, std::string detail);

 private:
  using Envelope = protocol::Envelope;
  struct Invoked {
    std::string in_reply_to;
    std::string request_id;
    std::string correlation_id;
    std::string causation_id;
  };

  void handle(protocol::MessageType type, const Envelope& envelope, std::string_view frame);
  void on_result(const Envelope& envelope);
  void on_broken_result(const Envelope& envelope, const Error& error);
  void on_stream(const Envelope& envelope, std::string_view frame);
  void on_heartbeat();
  void on_ping(const Envelope& envelope);
  void on_pong();
  // In session_tools.cpp.
  void on_register(const Envelope& envelope);
  void register_checked(std::string_view message_id, const std::vector<protocol::Tool>& tools,
                        std::vector<protocol::RejectedTool> rejected, Registration mode);
  void on_unregister(const Envelope& envelope);
  // In session_invoke.cpp.
  void on_invoke(const Envelope& envelope);
  void on_invoke_cancel();
  void refuse_invoke(const Envelope& envelope, std::string_view call_id, CoreCode code,
                     std::string message);

  template <typename M>
  void send(const protocol::Header& header, const M& message) {
    if (!has_ended_) send_frame(context_.writer.frame(header, message));
  }
  /// An agent that lets even what ends something pile up is disconnected at the next sweep.
  void send_frame(std::string_view frame);
  void send_cancel(CallId call, std::string_view reason, std::chrono::milliseconds deadline);
  void fail_call(const EndedCall& ended, protocol::CallStatus status, CoreCode code,
                 std::string message);
  void expire_calls(SteadyTime now);
  void act_on(const HealthStep& step, SteadyTime now);
  void report_late_result(CallId call, const Envelope& envelope);
  bool record(std::string_view type, JournalSeverity severity, json::Object metadata,
              std::string_view correlation_id = {});
  /// A message that makes no sense but does no harm: dropped and audited; too many end the session.
  void note_violation(CoreCode code, std::string_view detail);
  /// A message after which nothing can be trusted.
  void violate(CoreCode code, std::string_view detail);

  ConnectionContext& context_;
  const ConnectionLimits& limits_;
  SessionOwner& owner_;
  const SessionIdentity identity_;
  const std::shared_ptr<ipc::FramedConnection> connection_;
  InflightCalls calls_;
  std::map<std::string, Invoked, std::less<>> invoked_;
  std::set<std::string, std::less<>> tools_;
  Heartbeats heartbeats_;
  const SteadyTime welcomed_;
  Budget messages_;
  Budget violations_;
  Budget late_results_;
  bool has_registered_ = false;
  bool has_ended_ = false;
  bool is_too_slow_ = false;
};

}  // namespace sovereign::core
