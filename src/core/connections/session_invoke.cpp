// The extension `invoke` of a session: the agent's own calls, passed to the router and answered
// exactly once each.
#include <fmt/format.h>

#include "core/connections/session.hpp"

namespace sovereign::core {
namespace {

std::string_view or_empty(const std::optional<std::string_view>& text) {
  return text.value_or(std::string_view{});
}

}  // namespace

void Session::refuse_invoke(const Envelope& envelope, std::string_view call_id, CoreCode code,
                            std::string message) {
  const std::string id = envelope.id.to_string();
  send({.in_reply_to = id,
        .request_id = or_empty(envelope.request_id),
        .correlation_id = or_empty(envelope.correlation_id)},
       protocol::InvokeResult{.call_id = call_id,
                              .status = protocol::CallStatus::failed,
                              .error = protocol_error(code, std::move(message))});
}

void Session::on_invoke(const Envelope& envelope) {
  const auto message = context_.inbox.payload<protocol::Invoke>();
  if (!message) {
    return note_violation(CoreCode::protocol_bad_envelope, protocol::describe(message.error()));
  }
  if (!identity_.may_invoke || context_.caller == nullptr) {
    return refuse_invoke(envelope, message->call_id, CoreCode::protocol_unknown_type,
                         "The capability invoke was not agreed upon.");
  }
  if (invoked_.size() >= limits_.max_inflight_requests) {
    return refuse_invoke(envelope, message->call_id, CoreCode::limit_inflight,
                         fmt::format("The agent has {} calls of its own under way, which is the "
                                     "limit (max_inflight_requests).",
                                     invoked_.size()));
  }
  const auto [entry, is_new] =
      invoked_.try_emplace(std::string(message->call_id),
                           Invoked{.in_reply_to = envelope.id.to_string(),
                                   .request_id = std::string(or_empty(envelope.request_id)),
                                   .correlation_id = std::string(or_empty(envelope.correlation_id)),
                                   .causation_id = std::string(or_empty(envelope.causation_id))});
  // An answer would end the call that has this id by right.
  if (!is_new) {
    return note_violation(CoreCode::protocol_unexpected_message,
                          "An agent's call has the id of one that is under way.");
  }
  context_.caller->invoke(
      *this, {.call_id = message->call_id,
              .tool_id = message->tool_id,
              .input = *message->input.object,
              .input_text = message->input.text,
              .timeout = message->timeout_ms
                             ? std::optional(std::chrono::milliseconds(*message->timeout_ms))
                             : std::nullopt,
              .request_id = or_empty(envelope.request_id),
              .correlation_id = or_empty(envelope.correlation_id),
              .causation_id = or_empty(envelope.causation_id)});
}

void Session::on_invoke_cancel() {
  const auto message = context_.inbox.payload<protocol::InvokeCancel>();
  if (!message) {
    return note_violation(CoreCode::protocol_bad_envelope, protocol::describe(message.error()));
  }
  if (context_.caller == nullptr || !invoked_.contains(message->call_id)) return;
  context_.caller->cancel_invoked(*this, message->call_id);
}

void Session::stream_invoked(const protocol::InvokeStream& message) {
  const auto entry = invoked_.find(message.call_id);
  if (has_ended_ || entry == invoked_.end()) return;
  if (connection_->queued_bytes() > limits_.max_queued_bytes) {
    context_.metrics.dropped.add();
    return;
  }
  const Invoked& call = entry->second;
  send({.in_reply_to = call.in_reply_to,
        .request_id = call.request_id,
        .correlation_id = call.correlation_id,
        .causation_id = call.causation_id},
       message);
}

void Session::answer_invoked(const protocol::InvokeResult& message) {
  const auto entry = invoked_.find(message.call_id);
  if (has_ended_ || entry == invoked_.end()) return;
  const Invoked call = std::move(entry->second);
  // The view of the call's id may be into the entry.
  const std::string call_id(message.call_id);
  invoked_.erase(entry);
  const protocol::Header header{.in_reply_to = call.in_reply_to,
                                .request_id = call.request_id,
                                .correlation_id = call.correlation_id,
                                .causation_id = call.causation_id};
  auto answer = message;
  answer.call_id = call_id;
  auto frame = context_.writer.frame(header, answer);
  if (frame.size() - protocol::kLengthBytes > limits_.max_frame_bytes) {
    answer.status = protocol::CallStatus::failed;
    answer.output.reset();
    answer.error = protocol_error(
        CoreCode::tool_output_too_large,
        fmt::format("The result is over {} bytes (max_frame_bytes).", limits_.max_frame_bytes));
    frame = context_.writer.frame(header, answer);
  }
  send_frame(frame);
}

}  // namespace sovereign::core
