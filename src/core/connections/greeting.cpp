#include "core/connections/greeting.hpp"

#include <algorithm>
#include <utility>

namespace sovereign::core {

using protocol::MessageType;

Greeting::Greeting(ConnectionContext& context, Tickets& tickets, GreetingOwner& owner,
                   std::shared_ptr<ipc::FramedConnection> connection, ipc::Peer peer)
    : context_(context),
      tickets_(tickets),
      owner_(owner),
      connection_(std::move(connection)),
      peer_(std::move(peer)),
      deadline_(context.clock.steady_now() + context.options.limits.handshake_timeout) {}

Greeting::~Greeting() {
  if (!is_finished_) connection_->close();
}

void Greeting::on_frame(std::string_view frame) {
  if (waits_for_) {
    return turn_away(CoreCode::protocol_unexpected_message, "A message before the welcome.");
  }
  const auto envelope = context_.inbox.read(frame);
  if (!envelope && envelope.error().what == protocol::BadMessage::version) {
    return deny({.code = CoreCode::protocol_version_unsupported,
                 .detail = "Version 1 of the protocol is the only one spoken here."});
  }
  if (!envelope) return turn_away(code_of(envelope.error().what), envelope.error().detail);
  if (protocol::parse_type(envelope->type) != MessageType::agent_hello) {
    return turn_away(CoreCode::protocol_unexpected_message,
                     "The first message must be agent.hello.");
  }
  hello_id_ = envelope->id.to_string();
  const auto hello = context_.inbox.payload<protocol::Hello>();
  if (!hello) {
    return deny(
        {.code = CoreCode::protocol_bad_envelope, .detail = protocol::describe(hello.error())});
  }
  const auto& capabilities = hello->protocol.capabilities;
  lists_invoke_ = std::ranges::find(capabilities, protocol::kInvoke) != capabilities.end();
  const auto admission = tickets_.admit(*hello, peer(), context_.clock.steady_now());
  // The token was in there.
  context_.inbox.release();
  act_on(admission);
}

void Greeting::act_on(const TicketVerdict& admission) {
  if (const auto* admitted = std::get_if<Admitted>(&admission)) {
    is_finished_ = true;
    owner_.admitted(*this, *admitted);
    owner_.finished(*this);
  } else if (const auto* denied = std::get_if<Denied>(&admission)) {
    deny(*denied);
  } else {
    waits_for_ = std::get<AwaitsProcess>(admission).run;
    deadline_ = context_.clock.steady_now() + context_.options.limits.process_wait;
    owner_.wake();
  }
}

void Greeting::process_known(RunId run) {
  if (waits_for_ != run) return;
  waits_for_.reset();
  act_on(tickets_.confirm(run, peer()));
}

void Greeting::deny(const Denied& denied) {
  const auto error = protocol_error(denied.code, denied.detail);
  connection_->send(context_.writer.refusal(MessageType::core_welcome,
                                            {.in_reply_to = hello_id_, .error = &error}));
  connection_->finish(context_.options.limits.linger);
  record_failure(denied);
  owner_.denied(denied);
  finish();
}

void Greeting::turn_away(CoreCode code, std::string_view detail) {
  connection_->finish(context_.options.limits.linger);
  record_failure({.code = code, .detail = std::string(detail)});
  finish();
}

void Greeting::record_failure(const Denied& denied) {
  context_.metrics.refused.add();
  json::Object metadata{{"code", to_string(denied.code)},
                        {"detail", denied.detail},
                        {"pid", static_cast<std::int64_t>(peer_.pid)}};
  context_.journal.record({.type = "agent.handshake_failed",
                           .severity = JournalSeverity::security,
                           .agent = denied.agent ? &*denied.agent : nullptr,
                           .run = denied.run ? &*denied.run : nullptr,
                           .metadata = std::move(metadata)});
}

void Greeting::on_closed(ipc::CloseReason reason) {
  switch (reason) {
    case ipc::CloseReason::empty_frame:
      return turn_away(CoreCode::protocol_bad_frame, "A frame of length zero.");
    case ipc::CloseReason::frame_too_large:
      return turn_away(CoreCode::protocol_frame_too_large,
                       "A frame over max_frame_bytes before the hello.");
    // Probes of whether somebody listens connect and go.
    case ipc::CloseReason::ended:
    case ipc::CloseReason::broken: return finish();
  }
}

void Greeting::sweep(SteadyTime now) {
  if (is_finished_ || now < deadline_) return;
  deny({.code = CoreCode::protocol_handshake_timeout,
        .detail = waits_for_ ? "The launch of this agent was not completed in time."
                             : "No agent.hello came in time."});
}

void Greeting::drop() {
  connection_->close();
  finish();
}

void Greeting::finish() {
  if (std::exchange(is_finished_, true)) return;
  if (waits_for_) tickets_.give_up(*waits_for_);
  owner_.finished(*this);
}

}  // namespace sovereign::core
