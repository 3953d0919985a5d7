#include "core/router/gate.hpp"

#include <fmt/format.h>

#include <array>

#include "json/canonical.hpp"

namespace sovereign::core {
namespace {

constexpr std::size_t kMaxKey = 255;  // Bytes of an idempotency key.

Refusal refuse(CoreCode code, std::string detail) {
  return {.error = fail(code, std::move(detail)).error()};
}

Refusal refuse_rate(std::string detail, const http::RateDecision& decision) {
  Refusal refusal = refuse(CoreCode::limit_rate, std::move(detail));
  refusal.error.retry_after = std::max(decision.reset, std::chrono::seconds{1});
  return refusal;
}

std::string describe(const http::RatePolicy& policy) {
  return fmt::format("{} calls in {} seconds", policy.requests, policy.window.count());
}

bool is_automation(const Caller& caller) {
  return caller.type == CallerType::agent || caller.type == CallerType::model;
}

bool needs_confirmation(const ToolDeclaration& tool, const Caller& caller) {
  return tool.requires_directive || (tool.has_side_effects && is_automation(caller));
}

}  // namespace

/// A request on its way through the checks, with what each has found.
struct Gate::Draft {
  const CallRequest& request;
  std::shared_ptr<const Tool> tool = nullptr;  // Null while the agent is away.
  GrantToken grant = nullptr;
  Admission admission = {};
};

Gate::Gate(const GateParts& parts)
    : parts_(parts),
      callers_({{"human", parts.limits.human_rate}, {"automation", parts.limits.automation_rate}},
               parts.clock) {}

Verdict Gate::check(const CallRequest& request) {
  static constexpr std::array<Step, 11> kSteps = {&Gate::tool_is_known,
                                                  &Gate::agent_is_enabled,
                                                  &Gate::agent_is_there,
                                                  &Gate::caller_may_call,
                                                  &Gate::permissions_are_approved,
                                                  &Gate::key_is_fresh,
                                                  &Gate::is_confirmed,
                                                  &Gate::rate_allows,
                                                  &Gate::concurrency_allows,
                                                  &Gate::input_is_small,
                                                  &Gate::input_is_valid};
  Draft draft{.request = request};
  for (const Step step : kSteps) {
    if (auto verdict = (this->*step)(draft)) return std::move(*verdict);
  }
  Admission& admission = draft.admission;
  admission.tool = std::move(draft.tool);
  admission.timeout = effective_timeout(request.timeout, admission.lane->declared, parts_.limits);
  return std::move(admission);
}

Lane& Gate::lane(const AgentId& agent) {
  auto& lane = lanes_[agent.text()];
  if (lane == nullptr) {
    lane = std::make_unique<Lane>(Lane{.agent = agent});
    lane->set_limits(parts_.facts.declared_limits(agent), parts_.limits);
  }
  return *lane;
}

void Gate::refresh_limits(const AgentId& agent) {
  lane(agent).set_limits(parts_.facts.declared_limits(agent), parts_.limits);
}

std::optional<Verdict> Gate::tool_is_known(Draft& draft) {
  const ToolId& id = draft.request.tool;
  if (const auto* tool = parts_.tools.find(id.text())) {
    draft.tool = *tool;
  } else if (!parts_.tools.is_remembered(id)) {
    return refuse(CoreCode::tool_not_found, "No agent has registered this tool.");
  }
  return std::nullopt;
}

std::optional<Verdict> Gate::agent_is_enabled(Draft& draft) {
  draft.grant = parts_.facts.grant(draft.request.tool.agent());
  if (draft.grant != nullptr) return std::nullopt;
  return refuse(CoreCode::agent_not_enabled, "The agent is not enabled: nobody approves it now.");
}

std::optional<Verdict> Gate::agent_is_there(Draft& draft) {
  const AgentId& agent = draft.request.tool.agent();
  AgentSession* session = parts_.sessions.session(agent);
  draft.admission.lane = &lane(agent);
  draft.admission.session = session;
  if (session == nullptr && !parts_.facts.is_starting(agent)) {
    return refuse(CoreCode::agent_not_running, "The agent does not run: start it first.");
  }
  if (session == nullptr) return WaitForAgent{draft.admission.lane};
  if (session->health() == Health::unhealthy) {
    return refuse(CoreCode::agent_unhealthy, "The agent does not answer heartbeats.");
  }
  if (!session->is_routable()) return WaitForAgent{draft.admission.lane};
  if (draft.tool != nullptr) return std::nullopt;
  return refuse(CoreCode::tool_not_found, "The agent had this tool, but not any more.");
}

std::optional<Verdict> Gate::caller_may_call(Draft& draft) {
  const Caller& caller = draft.request.caller;
  if (caller.type != CallerType::agent) return std::nullopt;
  const auto agent = AgentId::parse_in_development(caller.id);
  const auto grant = agent ? parts_.facts.grant(*agent) : nullptr;
  if (grant != nullptr && parts_.facts.may_call(grant, draft.request.tool)) return std::nullopt;
  return refuse(CoreCode::permission_denied,
                fmt::format("The calling agent needs the permission tool:invoke:{}.",
                            draft.request.tool.text()));
}

std::optional<Verdict> Gate::permissions_are_approved(Draft& draft) {
  if (draft.tool->is_covered(draft.grant, parts_.facts)) return std::nullopt;
  return refuse(CoreCode::permission_not_approved,
                "The tool needs permissions that its agent was not given.");
}

std::optional<Verdict> Gate::key_is_fresh(Draft& draft) {
  const CallRequest& request = draft.request;
  if (request.idempotency_key.empty()) return std::nullopt;
  if (request.idempotency_key.size() > kMaxKey) {
    return refuse(CoreCode::tool_invalid_input,
                  fmt::format("An idempotency key has at most {} bytes.", kMaxKey));
  }
  Admission& admission = draft.admission;
  admission.replay_key = replay_key(request);
  admission.input_digest = crypto::sha256(json::canonical(request.input));
  const auto found =
      parts_.replays.find(admission.replay_key, admission.input_digest, parts_.clock.steady_now());
  if (const auto* under_way = std::get_if<ReplayCache::UnderWay>(&found)) {
    return JoinCall{under_way->call};
  }
  if (const auto* ended = std::get_if<ReplayCache::Ended>(&found)) {
    return ReplayOutcome{ended->outcome};
  }
  if (std::holds_alternative<ReplayCache::OtherInput>(found)) {
    return refuse(CoreCode::tool_invalid_input,
                  "This idempotency key was used with another input.");
  }
  return std::nullopt;
}

std::optional<Verdict> Gate::is_confirmed(Draft& draft) {
  const CallRequest& request = draft.request;
  if (request.confirmation || !needs_confirmation(draft.tool->declaration, request.caller)) {
    return std::nullopt;
  }
  const auto asked = parts_.confirmations.ask(request);
  if (!asked) return Refusal{.error = asked.error()};
  Refusal refusal =
      refuse(CoreCode::tool_confirmation_required,
             fmt::format("A person must confirm this call: confirmation {}.", asked->to_string()));
  refusal.confirmation = *asked;
  return refusal;
}

std::optional<Verdict> Gate::rate_allows(Draft& draft) {
  const Caller& caller = draft.request.caller;
  if (caller.type != CallerType::system) {
    const auto decision = callers_.take(is_automation(caller) ? "automation" : "human", caller.id);
    if (decision && !decision->allowed) {
      return refuse_rate(
          fmt::format("The caller is over its limit of {}.", describe(decision->policy)),
          *decision);
    }
  }
  Lane& lane = *draft.admission.lane;
  const auto decision = http::take_token(lane.bucket, lane.rate, parts_.clock.steady_now());
  if (decision.allowed) return std::nullopt;
  return refuse_rate(fmt::format("The agent is over its limit of {}.", describe(lane.rate)),
                     decision);
}

std::optional<Verdict> Gate::concurrency_allows(Draft& draft) {
  const Lane& lane = *draft.admission.lane;
  if (lane.inflight < lane.concurrency) return std::nullopt;
  return refuse(
      CoreCode::limit_concurrency,
      fmt::format("The agent has {} calls under way, which is its limit.", lane.concurrency));
}

std::optional<Verdict> Gate::input_is_small(Draft& draft) {
  const std::size_t most = parts_.limits.input_bytes;
  if (draft.request.input_text.size() <= most) return std::nullopt;
  return refuse(CoreCode::tool_input_too_large,
                fmt::format("An input may have {} bytes as JSON.", most));
}

std::optional<Verdict> Gate::input_is_valid(Draft& draft) {
  const json::Value& input = draft.request.input;
  if (draft.tool->input.accepts(input)) return std::nullopt;
  Refusal refusal = refuse(CoreCode::tool_invalid_input, "The input is not as the tool wants it.");
  refusal.error.fields = draft.tool->input.problems(input);
  for (auto& field : refusal.error.fields) field.pointer.insert(0, "/input");
  return refusal;
}

}  // namespace sovereign::core
