#include "core/connections/session.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/connections/agent_error.hpp"

namespace sovereign::core {

using protocol::CallStatus;
using protocol::MessageType;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kCancelDeadline{1000};   // What a timed-out tool is told it has left.
constexpr std::size_t kLargeFrame = 64 * 1024;  // Its document's memory is not kept for the next.
constexpr double kViolationsASecond = 1;
constexpr double kLateRowsASecond = 10;

std::optional<std::string_view> if_given(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string_view or_empty(const std::optional<std::string_view>& text) {
  return text.value_or(std::string_view{});
}

}  // namespace

Session::Session(ConnectionContext& context, SessionOwner& owner, SessionIdentity identity,
                 std::shared_ptr<ipc::FramedConnection> connection)
    : context_(context),
      limits_(context.options.limits),
      owner_(owner),
      identity_(std::move(identity)),
      connection_(std::move(connection)),
      heartbeats_(limits_.heartbeat_interval, context.clock.steady_now()),
      welcomed_(context.clock.steady_now()),
      messages_(static_cast<double>(limits_.max_messages_per_second),
                static_cast<double>(limits_.max_messages_per_second), welcomed_),
      violations_(static_cast<double>(limits_.max_violations), kViolationsASecond, welcomed_),
      late_results_(static_cast<double>(limits_.max_late_result_rows), kLateRowsASecond,
                    welcomed_) {
  context_.metrics.connected.add(1);
}

Session::~Session() {
  connection_->close();
  context_.metrics.connected.add(-1);
}

bool Session::is_routable() const {
  return !has_ended_ && has_registered_ && health() != Health::unhealthy;
}

// --- Calls -------------------------------------------------------------------------------------

Result<void> Session::call(const ToolCall& call, CallSink& sink) {
  if (has_ended_) return fail(CoreCode::agent_disconnected, "The agent is not connected any more.");
  if (health() == Health::unhealthy) {
    return fail(CoreCode::agent_unhealthy, "The agent does not answer; try again later.");
  }
  if (calls_.size() >= limits_.max_inflight_requests) {
    return fail(CoreCode::limit_inflight,
                fmt::format("The agent has {} calls under way, which is the limit "
                            "(max_inflight_requests).",
                            calls_.size()));
  }
  const protocol::ToolCall message{
      .call_id = call.id.uuid,
      .tool_id = call.tool_id,
      .input = {.text = call.input},
      .timeout_ms = call.timeout.count(),
      .idempotency_key = if_given(call.idempotency_key),
      .caller = call.caller_type.empty()
                    ? std::nullopt
                    : std::optional(protocol::CallerInfo{call.caller_type, call.caller_id}),
      .context = call.context.empty() ? std::nullopt
                                      : std::optional(protocol::ObjectRef{.text = call.context})};
  const auto frame = context_.writer.frame({.request_id = call.request_id,
                                            .correlation_id = call.correlation_id,
                                            .causation_id = call.causation_id},
                                           message);
  if (frame.size() - protocol::kLengthBytes > limits_.max_frame_bytes) {
    return fail(CoreCode::tool_input_too_large,
                fmt::format("With this input the message is over {} bytes (max_frame_bytes).",
                            limits_.max_frame_bytes));
  }
  if (connection_->queued_bytes() + frame.size() > limits_.max_queued_bytes) {
    return fail(CoreCode::tool_busy, "The agent does not read its messages fast enough.");
  }
  if (!calls_.add(call.id, sink, context_.clock.steady_now() + call.timeout)) {
    return fail(CoreCode::tool_failed, "A call with this id is under way.");
  }
  if (connection_->send(frame) != ipc::SendOutcome::accepted) {
    calls_.take(call.id);
    return fail(CoreCode::agent_disconnected, "The agent is not connected any more.");
  }
  owner_.wake();
  return {};
}

void Session::send_frame(std::string_view frame) {
  if (connection_->send(frame) == ipc::SendOutcome::refused) is_too_slow_ = true;
}

void Session::send_cancel(CallId call, std::string_view reason, milliseconds deadline) {
  send({}, protocol::ToolCancel{
               .call_id = call.uuid, .reason = if_given(reason), .deadline_ms = deadline.count()});
}

void Session::cancel(CallId id, std::string_view reason, milliseconds deadline) {
  InflightCall* call = calls_.find(id);
  if (call == nullptr || call->is_canceled) return;
  call->is_canceled = true;
  call->deadline = context_.clock.steady_now() + deadline;
  send_cancel(id, reason, deadline);
}

void Session::forget(CallId call) { calls_.take(call); }

void Session::fail_call(const EndedCall& ended, CallStatus status, CoreCode code,
                        std::string message) {
  ended.call.sink->on_result({.call_id = ended.id.uuid,
                              .status = status,
                              .error = protocol_error(code, std::move(message))});
}

void Session::expire_calls(SteadyTime now) {
  for (const auto& ended : calls_.take_expired(now)) {
    if (ended.call.is_canceled) {
      fail_call(ended, CallStatus::canceled, CoreCode::tool_canceled,
                "The call was canceled; the agent did not confirm it in time.");
    } else {
      send_cancel(ended.id, "timeout", kCancelDeadline);
      fail_call(ended, CallStatus::failed, CoreCode::tool_timeout,
                "The tool did not answer within the time of the call.");
    }
  }
}

// --- Messages ----------------------------------------------------------------------------------

void Session::on_frame(std::string_view frame) {
  if (!messages_.take(context_.clock.steady_now())) {
    return violate(CoreCode::protocol_rate_exceeded,
                   fmt::format("Over {} messages a second (max_messages_per_second).",
                               limits_.max_messages_per_second));
  }
  context_.metrics.frame_bytes.observe(frame.size());
  const auto envelope = context_.inbox.read(frame);
  if (!envelope) {
    return violate(code_of(envelope.error().what), envelope.error().detail);
  }
  const auto type = protocol::parse_type(envelope->type);
  // Nobody can wait for the answer to a message that version 1 does not have.
  if (!type) return;
  handle(*type, *envelope, frame);
  if (frame.size() > kLargeFrame) context_.inbox.release();
}

void Session::handle(MessageType type, const Envelope& envelope, std::string_view frame) {
  switch (type) {
    case MessageType::agent_tool_result: return on_result(envelope);
    case MessageType::agent_tool_stream: return on_stream(envelope, frame);
    case MessageType::agent_heartbeat: return on_heartbeat();
    case MessageType::agent_tools_register: return on_register(envelope);
    case MessageType::agent_tools_unregister: return on_unregister(envelope);
    case MessageType::agent_tool_call: return on_invoke(envelope);
    case MessageType::agent_tool_cancel: return on_invoke_cancel();
    case MessageType::core_ping: return on_ping(envelope);
    case MessageType::agent_pong: return on_pong();
    case MessageType::agent_tool_cancel_ack: return;  // The result that follows is what counts.
    case MessageType::agent_hello: {
      const auto error = protocol_error(CoreCode::protocol_duplicate_session,
                                        "This connection has said hello already.");
      const std::string id = envelope.id.to_string();
      send_frame(
          context_.writer.refusal(MessageType::core_welcome, {.in_reply_to = id, .error = &error}));
      return note_violation(CoreCode::protocol_duplicate_session, error.message);
    }
    case MessageType::core_welcome:
    case MessageType::core_goodbye:
    case MessageType::core_tools_registered:
    case MessageType::core_tools_unregistered:
    case MessageType::core_tool_call:
    case MessageType::core_tool_cancel:
    case MessageType::core_tool_stream:
    case MessageType::core_tool_result:
      return note_violation(CoreCode::protocol_unexpected_message,
                            "An agent does not send messages of the Core.");
  }
}

void Session::on_result(const Envelope& envelope) {
  auto result = context_.inbox.payload<protocol::ToolResult>();
  if (!result) return on_broken_result(envelope, result.error());
  const CallId id{result->call_id};
  const auto call = calls_.take(id);
  if (!call) return report_late_result(id, envelope);
  messages_.put_back();
  if (result->status != CallStatus::succeeded && !result->error) {
    if (envelope.error) {
      result->error = *envelope.error;
    } else if (result->status == CallStatus::failed) {
      result->error = protocol_error(CoreCode::tool_failed, "The tool failed and did not say why.");
    } else {
      result->error = protocol_error(CoreCode::tool_canceled, "The call was canceled.");
    }
  }
  if (result->error) settle_code(identity_.agent, *result->error);
  call->sink->on_result(*result);
}

/// The call it belongs to must not hang for a mistake of the agent.
void Session::on_broken_result(const Envelope& envelope, const Error& error) {
  const auto* member = envelope.payload.object->if_contains("call_id");
  const auto* text = member == nullptr ? nullptr : member->if_string();
  const auto id =
      text == nullptr ? std::nullopt : CallId::parse(std::string_view(text->data(), text->size()));
  const auto call = id ? calls_.take(*id) : std::nullopt;
  const std::string detail = protocol::describe(error);
  note_violation(CoreCode::protocol_bad_envelope, detail);
  if (!call) return;
  fail_call({*id, *call}, CallStatus::failed, CoreCode::tool_invalid_output,
            "The agent's result does not follow the protocol: " + detail);
}

void Session::on_stream(const Envelope&, std::string_view frame) {
  const auto message = context_.inbox.payload<protocol::ToolStream>();
  if (!message) {
    return note_violation(CoreCode::protocol_bad_envelope, protocol::describe(message.error()));
  }
  const bool wants_json = message->channel == protocol::Channel::partial_result;
  if (wants_json ? !message->data.json : !message->data.text) {
    return note_violation(CoreCode::protocol_bad_envelope,
                          "/data: partial_result has json, every other channel has text.");
  }
  std::size_t bytes = wants_json ? message->data.json->text.size() : message->data.text->size();
  if (wants_json && bytes == 0) bytes = frame.size();  // Its text was not found; it is in there.
  const CallId id{message->call_id};
  switch (calls_.on_stream(
      {.call = id, .seq = message->seq, .bytes = bytes},
      {.chunk_bytes = limits_.max_stream_chunk_bytes, .call_bytes = limits_.max_stream_bytes})) {
    case StreamVerdict::deliver: return calls_.find(id)->sink->on_stream(*message);
    case StreamVerdict::over_limit:
      context_.metrics.dropped.add();
      record("protocol.violation", JournalSeverity::warning,
             {{"code", to_string(CoreCode::tool_output_too_large)},
              {"call_id", id.to_string()},
              {"limit", bytes > limits_.max_stream_chunk_bytes ? "max_stream_chunk_bytes"
                                                               : "max_stream_bytes"}});
      return;
    case StreamVerdict::unknown_call:
    case StreamVerdict::stale:
    case StreamVerdict::still_over_limit: context_.metrics.dropped.add();
  }
}

void Session::report_late_result(CallId call, const Envelope& envelope) {
  context_.metrics.dropped.add();
  if (!late_results_.take(context_.clock.steady_now())) return;
  record("tool.late_result", JournalSeverity::warning, {{"call_id", call.to_string()}},
         or_empty(envelope.correlation_id));
}

// --- Health ------------------------------------------------------------------------------------

void Session::on_heartbeat() {
  const auto heartbeat = context_.inbox.payload<protocol::Heartbeat>();
  if (!heartbeat) {
    return note_violation(CoreCode::protocol_bad_envelope, protocol::describe(heartbeat.error()));
  }
  if (heartbeat->session_id != identity_.session.to_string()) {
    return note_violation(CoreCode::protocol_unexpected_message, "A heartbeat of another session.");
  }
  const auto now = context_.clock.steady_now();
  context_.metrics.heartbeat_lag.observe(heartbeats_.lag(now));
  act_on(heartbeats_.on_heartbeat(heartbeat->status, now), now);
}

void Session::on_ping(const Envelope& envelope) {
  const auto ping = context_.inbox.payload<protocol::Ping>();
  if (!ping) {
    return note_violation(CoreCode::protocol_bad_envelope, protocol::describe(ping.error()));
  }
  const std::string id = envelope.id.to_string();
  send({.in_reply_to = id}, protocol::Pong{.nonce = ping->nonce});
}

void Session::on_pong() { heartbeats_.on_pong(); }

void Session::act_on(const HealthStep& step, SteadyTime now) {
  if (step.ping) {
    const std::string nonce = base::Uuid::generate(context_.random).to_string();
    send({}, protocol::Ping{.nonce = nonce});
  }
  if (!step.changed) return;
  const int missed = heartbeats_.missed(now);
  if (*step.changed == Health::unhealthy) {
    record("agent.marked_unhealthy", JournalSeverity::warning, {{"missed", missed}});
  } else if (missed > 0) {
    record("agent.heartbeat_missed", JournalSeverity::warning, {{"missed", missed}});
  }
  owner_.health_changed(*this, *step.changed);
}

void Session::sweep(SteadyTime now) {
  expire_calls(now);
  if (!has_ended_) act_on(heartbeats_.on_sweep(now), now);
  if (is_too_slow_ && !has_ended_) {
    end(DisconnectReason::lost, {}, "The agent does not read what is sent to it.");
  }
  if (has_ended_ || has_registered_ || now - welcomed_ < limits_.register_timeout) return;
  end(DisconnectReason::not_registered, to_string(CoreCode::protocol_handshake_timeout),
      fmt::format("No tools were registered within {} ms of the welcome (register_timeout).",
                  limits_.register_timeout.count()));
}

// --- The end -----------------------------------------------------------------------------------

void Session::on_closed(ipc::CloseReason reason) {
  switch (reason) {
    case ipc::CloseReason::ended:
      return end(DisconnectReason::closed_by_agent, {}, "The agent closed the connection.");
    case ipc::CloseReason::broken: return end(DisconnectReason::lost, {}, "The connection failed.");
    case ipc::CloseReason::empty_frame:
      return violate(CoreCode::protocol_bad_frame, "A frame of length zero.");
    case ipc::CloseReason::frame_too_large:
      return violate(
          CoreCode::protocol_frame_too_large,
          fmt::format("A frame over {} bytes (max_frame_bytes).", limits_.max_frame_bytes));
  }
}

void Session::note_violation(CoreCode code, std::string_view detail) {
  if (!violations_.take(context_.clock.steady_now())) return violate(code, detail);
  context_.metrics.violations.add();
  record("protocol.violation", JournalSeverity::warning,
         {{"code", to_string(code)}, {"detail", detail}});
}

void Session::violate(CoreCode code, std::string_view detail) {
  if (has_ended_) return;
  context_.metrics.violations.add();
  record("protocol.violation", JournalSeverity::security,
         {{"code", to_string(code)}, {"detail", detail}, {"closed", true}});
  end(DisconnectReason::protocol_violation, to_string(code), std::string(detail));
}

bool Session::record(std::string_view type, JournalSeverity severity, json::Object metadata,
                     std::string_view correlation_id) {
  metadata["session_id"] = identity_.session.to_string();
  return context_.journal.record({.type = type,
                                  .severity = severity,
                                  .agent = &identity_.agent,
                                  .run = &identity_.run,
                                  .correlation_id = correlation_id,
                                  .metadata = std::move(metadata)});
}

void Session::end(DisconnectReason reason, std::string_view goodbye, std::string detail) {
  if (has_ended_) return;
  if (!goodbye.empty()) send({}, protocol::Goodbye{.reason = goodbye});
  has_ended_ = true;
  goodbye.empty() ? connection_->close() : connection_->finish(limits_.linger);
  owner_.retire(*this);
  for (const auto& ended : calls_.take_all()) {
    fail_call(ended, CallStatus::failed, CoreCode::agent_disconnected,
              "The connection to the agent ended during the call.");
  }
  owner_.ended(*this, reason, std::move(detail));
}

}  // namespace sovereign::core
