#include "core/router/router.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/errors.hpp"
#include "protocol/tables.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kSpareCalls = 256;  // Kept to be used again.

protocol::ProtocolError protocol_error(const Error& error) {
  const auto code = parse_core_code(error.name).value_or(CoreCode::internal_error);
  return {.code = std::string(to_string(code)),
          .message = error.detail,
          .retryable = is_retryable(code)};
}

/// What an agent says went wrong, made complete. Only the codes that the protocol lists may be
/// tried again; an agent's own may say so for itself.
protocol::ProtocolError complete(std::optional<protocol::ProtocolError> error,
                                 protocol::CallStatus status) {
  const bool is_canceled = status == protocol::CallStatus::canceled;
  const auto fallback = is_canceled ? CoreCode::tool_canceled : CoreCode::tool_failed;
  if (!error) {
    return {.code = std::string(to_string(fallback)),
            .message = is_canceled ? "The call was canceled." : "The tool failed.",
            .retryable = false};
  }
  if (const auto code = parse_core_code(error->code)) error->retryable = is_retryable(*code);
  return std::move(*error);
}

/// Ordered by time: two rows of the audit log are indexed by it.
CallId new_call_id(const RouterParts& parts) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(parts.clock.now());
  return {base::Uuid::generate_ordered(parts.random, now.time_since_epoch().count())};
}

}  // namespace

Router::Router(const RouterParts& parts, CallLimits limits)
    : limits_(std::move(limits)),
      parts_(parts),
      registry_(parts.metrics),
      replays_(limits_),
      confirmations_({.database = parts.database,
                      .clock = parts.clock,
                      .random = parts.random,
                      .audit = parts.audit,
                      .events = parts.events,
                      .summaries = parts.summaries,
                      .limits = limits_}),
      gate_({.limits = limits_,
             .clock = parts.clock,
             .sessions = parts.sessions,
             .facts = parts.facts,
             .tools = registry_,
             .replays = replays_,
             .confirmations = confirmations_}),
      journal_(parts.audit, parts.events, parts.metrics, limits_) {}

Router::~Router() { stop(); }

void Router::start(boost::asio::any_io_executor executor) {
  executor_ = executor;
  timer_.emplace(executor);
  confirmations_.start(std::move(executor));
}

void Router::stop() {
  if (is_stopped_) return;
  is_stopped_ = true;
  timer_.reset();
  const Error error = fail(CoreCode::protocol_shutting_down, "The Core is stopping.").error();
  for (auto& [agent, lane] : gate_.lanes()) {
    while (!lane->waiting.empty()) {
      auto waiting = std::move(lane->waiting.front());
      lane->waiting.pop_front();
      refuse_waiting(std::move(waiting), error);
    }
  }
  while (!calls_.empty()) {
    Call& call = calls_.begin()->second;
    call.session->cancel(call.id, "the Core is stopping", limits_.cancel_deadline);
    call.session->forget(call.id);
    finish(call, {.id = call.id, .error = protocol_error(error)}, true);
  }
}

std::expected<Submitted, Refusal> Router::submit(CallRequest request, CallObserver& observer,
                                                 const CallOrigin& origin) {
  const CallId id = new_call_id(parts_);
  if (request.request_id.empty()) request.request_id = id.to_string();
  std::expected<Submitted, Refusal> answer;
  if (is_stopped_) {
    answer = std::unexpected(
        Refusal{fail(CoreCode::protocol_shutting_down, "The Core is stopping.").error()});
  } else if (auto refusal = check_origin(request, origin)) {
    answer = std::unexpected(std::move(*refusal));
  } else {
    answer = act(gate_.check(request), request, observer, origin, id);
  }
  if (!answer) journal_.refused(request, answer.error().error);
  if (!answer && answer.error().confirmation) arm_timer();
  return answer;
}

std::optional<Refusal> Router::check_origin(const CallRequest& request,
                                            const CallOrigin& origin) const {
  if (std::ranges::find(origin.ancestors, request.tool.agent().text()) != origin.ancestors.end()) {
    return Refusal{fail(CoreCode::permission_denied,
                        "The agent called is already working on what led to this call.")
                       .error()};
  }
  if (origin.ancestors.size() > limits_.invoke_depth) {
    return Refusal{
        fail(CoreCode::permission_denied, "Agents call each other too deeply here.").error()};
  }
  return std::nullopt;
}

std::expected<Submitted, Refusal> Router::act(Verdict verdict, CallRequest& request,
                                              CallObserver& observer, const CallOrigin& origin,
                                              CallId id) {
  if (auto* admission = std::get_if<Admission>(&verdict)) {
    return begin(std::move(*admission), request, observer, origin, id);
  }
  if (const auto* waits = std::get_if<WaitForAgent>(&verdict)) {
    return wait(*waits->lane, request, observer, origin, id);
  }
  if (const auto* join = std::get_if<JoinCall>(&verdict)) {
    calls_.at(join->call).observers.push_back(&observer);
    return Submitted{join->call};
  }
  if (auto* ended = std::get_if<ReplayOutcome>(&verdict)) {
    return Submitted{ended->outcome->id, std::move(ended->outcome)};
  }
  return std::unexpected(std::move(std::get<Refusal>(verdict)));
}

std::expected<Submitted, Refusal> Router::begin(Admission admission, CallRequest& request,
                                                CallObserver& observer, const CallOrigin& origin,
                                                CallId id) {
  const auto timeout = admission.timeout;
  const auto input_digest = admission.input_digest;
  Call& call = make_call(std::move(admission), request, origin, id);
  // What is not on record does not happen.
  if (const auto recorded = journal_.routed(call); !recorded) {
    release(calls_.find(id));
    Error error = recorded.error();
    error.name = to_string(CoreCode::internal_error);
    return std::unexpected(Refusal{std::move(error)});
  }
  journal_.started(call);
  if (const auto sent = send(call, request, timeout); !sent) {
    finish(call, {.id = id, .error = protocol_error(sent.error())}, true);
    return std::unexpected(Refusal{sent.error()});
  }
  if (!call.replay_key.empty()) replays_.begin(call.replay_key, input_digest, id);
  call.observers.push_back(&observer);
  return Submitted{id};
}

Call& Router::make_call(Admission admission, CallRequest& request, const CallOrigin& origin,
                        CallId id) {
  CallMap::iterator place;
  if (spare_.empty()) {
    place = calls_.try_emplace(id).first;
  } else {
    auto node = std::move(spare_.back());
    spare_.pop_back();
    node.key() = id;
    place = calls_.insert(std::move(node)).position;
  }
  Call& call = place->second;
  call.owner = this;
  call.id = id;
  call.tool = std::move(admission.tool);
  call.session = admission.session;
  call.lane = admission.lane;
  call.caller = request.caller;
  call.request_id = request.request_id;
  call.correlation_id = request.correlation_id;
  call.causation_id = request.causation_id;
  call.replay_key = std::move(admission.replay_key);
  call.confirmation = request.confirmation;
  call.input_bytes = request.input_text.size();
  call.started = parts_.clock.steady_now();
  call.started_at = parts_.clock.now();
  call.streams = {};
  call.is_cancelling = false;
  call.ancestors = origin.ancestors;
  ++call.lane->inflight;
  if (!call.ancestors.empty()) ++nested_;
  return call;
}

Result<void> Router::send(Call& call, const CallRequest& request,
                          std::chrono::milliseconds timeout) {
  const ToolCall message{.id = call.id,
                         .tool_id = call.tool->id().text(),
                         .input = request.input_text,
                         .timeout = timeout,
                         .idempotency_key = request.idempotency_key,
                         .caller_type = to_string(request.caller.type),
                         .caller_id = request.caller.id,
                         .context = {},
                         .request_id = call.request_id,
                         .correlation_id = call.correlation_id,
                         .causation_id = call.causation_id};
  return call.session->call(message, call);
}

void Router::on_stream(Call& call, const protocol::ToolStream& message) {
  ++call.streams.messages;
  call.streams.bytes += message.data.text ? message.data.text->size() : 0;
  journal_.streamed(call, message);
  // An observer may leave meanwhile, which makes its place null, and others may join.
  for (std::size_t i = 0; i < call.observers.size(); ++i) {
    if (call.observers[i] != nullptr) call.observers[i]->streamed(message);
  }
}

void Router::on_result(Call& call, const protocol::ToolResult& message) {
  bool output_is_valid = true;
  const auto outcome = outcome_of(call, message, output_is_valid);
  finish(call, outcome, output_is_valid);
}

CallOutcome Router::outcome_of(const Call& call, const protocol::ToolResult& message,
                               bool& output_is_valid) const {
  CallOutcome outcome{.id = call.id, .status = message.status};
  if (message.output) protocol::write_line(outcome.output, *message.output);
  if (outcome.output.size() > limits_.output_bytes) {
    outcome.output.clear();
    outcome.status = protocol::CallStatus::failed;
    outcome.error = protocol_error(
        fail(CoreCode::tool_output_too_large, "The tool's output is over the limit.").error());
    return outcome;
  }
  if (outcome.status != protocol::CallStatus::succeeded) {
    outcome.error = complete(message.error, outcome.status);
  } else if (call.tool->output && message.output && message.output->object != nullptr) {
    output_is_valid = call.tool->output->accepts(json::Value(*message.output->object));
  }
  return outcome;
}

void Router::finish(Call& call, const CallOutcome& ended, bool output_is_valid) {
  CallOutcome outcome = ended;
  const auto now = parts_.clock.steady_now();
  outcome.duration = std::chrono::duration_cast<std::chrono::microseconds>(now - call.started);
  outcome.streams = call.streams;
  journal_.finished(call, outcome, output_is_valid);
  if (!call.replay_key.empty()) replays_.end(call.replay_key, outcome, now);
  const auto observers = std::exchange(call.observers, {});
  release(calls_.find(outcome.id));
  if (nested_ > 0) cancel_children(outcome.id);
  const CallEnd end = std::move(outcome);
  for (CallObserver* observer : observers) {
    if (observer != nullptr) observer->finished(end);
  }
}

void Router::release(CallMap::iterator place) {
  auto node = calls_.extract(place);
  Call& call = node.mapped();
  --call.lane->inflight;
  if (!call.ancestors.empty()) --nested_;
  call.observers.clear();
  call.tool.reset();
  call.session = nullptr;
  if (spare_.size() < kSpareCalls) spare_.push_back(std::move(node));
}

void Router::cancel_children(CallId parent) {
  const auto cause = parent.to_string();
  std::vector<CallId> children;
  for (const auto& [id, call] : calls_) {
    if (!call.ancestors.empty() && call.causation_id == cause) children.push_back(id);
  }
  for (const CallId id : children) {
    if (const auto call = calls_.find(id); call != calls_.end()) {
      cancel_call(call->second, "the call that made it has ended");
    }
  }
}

void Router::cancel_call(Call& call, std::string_view reason) {
  if (std::exchange(call.is_cancelling, true)) return;
  call.session->cancel(call.id, reason, limits_.cancel_deadline);
}

}  // namespace sovereign::core
