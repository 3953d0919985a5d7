// What the router keeps for each agent it calls: limits, what is under way, what waits for it.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/router/limits.hpp"
#include "core/router/types.hpp"

namespace sovereign::core {

/// What a call inherits from the calls that led to it.
struct CallOrigin {
  std::vector<std::string> ancestors = {};  ///< Agents, the first caller first.
};

/// A call whose agent is on its way up.
struct WaitingCall {
  CallId id;
  CallRequest request;
  CallOrigin origin = {};
  CallObserver* observer = nullptr;
  SteadyTime deadline{};
};

struct Lane {
  AgentId agent;
  DeclaredCallLimits declared = {};
  http::TokenBucket bucket = {};
  std::size_t concurrency = 0;  ///< The most under way at once.
  http::RatePolicy rate = {};
  std::size_t inflight = 0;
  std::deque<WaitingCall> waiting = {};

  /// Takes over what the manifest declares.
  void set_limits(const DeclaredCallLimits& declares, const CallLimits& limits) {
    declared = declares;
    concurrency = effective_concurrency(declared, limits);
    const auto fresh = effective_rate(declared, limits);
    if (fresh == rate) return;
    rate = fresh;
    bucket = {.tokens = static_cast<double>(rate.requests), .updated = bucket.updated};
  }
};

}  // namespace sovereign::core
