#include "core/router/invocations.hpp"

#include "core/errors.hpp"
#include "protocol/tables.hpp"

namespace sovereign::core {
namespace {

protocol::ProtocolError error_of(const Refusal& refusal) {
  const auto code = parse_core_code(refusal.error.name).value_or(CoreCode::internal_error);
  protocol::ProtocolError error{.code = std::string(to_string(code)),
                                .message = refusal.error.detail,
                                .retryable = is_retryable(code)};
  if (refusal.confirmation) {
    error.details =
        json::Raw{"{\"confirmation_id\":\"" + refusal.confirmation->to_string() + "\"}"};
  }
  return error;
}

std::string input_of(const AgentCall& call) {
  std::string text;
  protocol::write(text, protocol::ObjectRef{.object = &call.input, .text = call.input_text});
  return text;
}

void refuse(AgentSession& caller, std::string_view call_id, const Refusal& refusal) {
  caller.answer_invoked({.call_id = call_id,
                         .status = protocol::CallStatus::failed,
                         .output = {},
                         .error = error_of(refusal)});
}

void answer(AgentSession& caller, std::string_view call_id, const CallOutcome& outcome) {
  protocol::InvokeResult result{
      .call_id = call_id, .status = outcome.status, .output = {}, .error = outcome.error};
  if (!outcome.output.empty()) {
    result.output = protocol::ObjectRef{.object = nullptr, .text = outcome.output};
  }
  caller.answer_invoked(result);
}

/// What the calling agent's own call, if it works on one, passes on.
void inherit(const Call* parent, const AgentCall& call, CallRequest& request, CallOrigin& origin) {
  request.request_id = call.request_id;
  request.correlation_id = call.correlation_id;
  if (parent != nullptr) {
    request.correlation_id = parent->correlation_id;
    request.causation_id = parent->id.to_string();
    origin.ancestors = parent->ancestors;
  }
  origin.ancestors.push_back(request.caller.id);
}

}  // namespace

/// One call that an agent made, until it has its answer.
class Invocations::Invocation final : public CallObserver {
 public:
  Invocation(Invocations& owner, AgentSession& caller, std::string_view call_id)
      : owner_(owner), caller_(caller), call_id_(call_id) {}

  void streamed(const protocol::ToolStream& message) override {
    caller_.stream_invoked({.call_id = call_id_,
                            .seq = ++seq_,
                            .channel = message.channel,
                            .data = message.data,
                            .done = message.done});
  }
  void finished(const CallEnd& end) override { owner_.end(*this, end); }

  AgentSession& caller() { return caller_; }
  Key key() const { return {caller_.id(), call_id_}; }

  CallId call;

 private:
  Invocations& owner_;
  AgentSession& caller_;
  const std::string call_id_;
  std::int64_t seq_ = 0;
};

Invocations::Invocations(Router& router) : router_(router) {}

Invocations::~Invocations() {
  for (auto& [key, invocation] : invocations_) router_.abandon(invocation->call, *invocation);
}

void Invocations::invoke(AgentSession& caller, const AgentCall& call) {
  auto tool = ToolId::parse(call.tool_id);
  if (!tool) {
    return refuse(caller, call.call_id,
                  {fail(CoreCode::tool_not_found, "No agent has registered this tool.").error()});
  }
  const Key key{caller.id(), std::string(call.call_id)};
  if (invocations_.contains(key)) {
    return refuse(caller, call.call_id,
                  {fail(CoreCode::tool_failed, "A call of this id is under way.").error()});
  }
  CallRequest request{.tool = std::move(*tool),
                      .input = json::Value(call.input),
                      .input_text = input_of(call),
                      .timeout = call.timeout};
  request.caller = {CallerType::agent, caller.agent().text()};
  CallOrigin origin;
  inherit(router_.find_parent(caller.agent(), call.request_id), call, request, origin);
  auto invocation = std::make_unique<Invocation>(*this, caller, call.call_id);
  const auto submitted = router_.submit(std::move(request), *invocation, origin);
  if (!submitted) return refuse(caller, call.call_id, submitted.error());
  if (submitted->replayed != nullptr) return answer(caller, call.call_id, *submitted->replayed);
  invocation->call = submitted->call;
  invocations_.emplace(key, std::move(invocation));
}

void Invocations::cancel_invoked(AgentSession& caller, std::string_view call_id) {
  const auto found = invocations_.find({caller.id(), std::string(call_id)});
  if (found == invocations_.end()) return;
  // It ended meanwhile: its answer is on the way.
  static_cast<void>(router_.cancel(found->second->call, {ActorType::agent, caller.agent().text()}));
}

void Invocations::disconnected(const Disconnected& event) {
  const auto first = invocations_.lower_bound({event.session, std::string()});
  auto last = first;
  for (; last != invocations_.end() && last->first.first == event.session; ++last) {
    router_.abandon(last->second->call, *last->second);
  }
  invocations_.erase(first, last);
}

void Invocations::end(Invocation& invocation, const CallEnd& end) {
  // Out of the map first: the answer may lead to the next call of the same id.
  const auto node = invocations_.extract(invocation.key());
  if (end) {
    answer(invocation.caller(), node.key().second, *end);
  } else {
    refuse(invocation.caller(), node.key().second, end.error());
  }
}

}  // namespace sovereign::core
