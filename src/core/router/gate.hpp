// Decides whether a call may go to its agent: the checks that come before the audit log and the
// frame, in the one order that callers may rely on. Sends nothing.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>

#include "core/connections/interfaces.hpp"
#include "core/errors.hpp"
#include "core/router/confirmations.hpp"
#include "core/router/idempotency.hpp"
#include "core/router/lane.hpp"
#include "core/router/ports.hpp"
#include "core/router/tool_registry.hpp"
#include "http/rate_limit.hpp"

namespace sovereign::core {

/// A call that passed every check.
struct Admission {
  std::shared_ptr<const Tool> tool;
  AgentSession* session = nullptr;
  Lane* lane = nullptr;
  std::chrono::milliseconds timeout{};
  std::string replay_key = {};  ///< Empty: the request has no idempotency key.
  crypto::Digest256 input_digest = {};
};

/// The agent is on its way up: ask again when it is ready.
struct WaitForAgent {
  Lane* lane = nullptr;
};

/// The same call is under way already.
struct JoinCall {
  CallId call;
};

/// The same call has ended already.
struct ReplayOutcome {
  std::shared_ptr<const CallOutcome> outcome;
};

using Verdict = std::variant<Admission, WaitForAgent, JoinCall, ReplayOutcome, Refusal>;

/// What the gate asks. All must outlive it.
struct GateParts {
  const CallLimits& limits;
  const base::Clock& clock;
  Sessions& sessions;
  AgentFacts& facts;
  ToolRegistry& tools;
  ReplayCache& replays;
  Confirmations& confirmations;
};

class Gate {
 public:
  explicit Gate(const GateParts& parts);

  /// The order: tool known, agent enabled, agent there and healthy, caller may call it, required
  /// permissions approved, idempotency key, confirmation, rate of the caller and of the agent,
  /// concurrency, input size, input schema. The first that fails is the answer.
  Verdict check(const CallRequest& request);

  /// What is kept for an agent, made when it is not there yet. Stays where it is.
  Lane& lane(const AgentId& agent);
  /// Takes over what the agent's manifest declares now.
  void refresh_limits(const AgentId& agent);
  std::unordered_map<std::string, std::unique_ptr<Lane>>& lanes() { return lanes_; }

 private:
  struct Draft;
  using Step = std::optional<Verdict> (Gate::*)(Draft&);

  std::optional<Verdict> tool_is_known(Draft& draft);
  std::optional<Verdict> agent_is_enabled(Draft& draft);
  std::optional<Verdict> agent_is_there(Draft& draft);
  std::optional<Verdict> caller_may_call(Draft& draft);
  std::optional<Verdict> permissions_are_approved(Draft& draft);
  std::optional<Verdict> key_is_fresh(Draft& draft);
  std::optional<Verdict> is_confirmed(Draft& draft);
  std::optional<Verdict> rate_allows(Draft& draft);
  std::optional<Verdict> concurrency_allows(Draft& draft);
  std::optional<Verdict> input_is_small(Draft& draft);
  std::optional<Verdict> input_is_valid(Draft& draft);

  GateParts parts_;
  http::LocalRateLimiter callers_;
  std::unordered_map<std::string, std::unique_ptr<Lane>> lanes_;
};

}  // namespace sovereign::core
