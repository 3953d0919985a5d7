// The limits of calls as values, and which one holds when request, manifest and operator disagree:
// the strictest, and each refusal says which it was.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "http/rate_limit.hpp"

namespace sovereign::core {

/// What the operator allows; each is configurable.
struct CallLimits {
  // Of one caller.
  http::RatePolicy human_rate{.requests = 6000};     ///< A person at a terminal, and their scripts.
  http::RatePolicy automation_rate{.requests = 60};  ///< An agent or a model.
  // Of one called agent.
  http::RatePolicy target_rate{.requests = 60'000};  ///< The most; a manifest may declare less.
  std::size_t concurrency = 3;        ///< Calls under way, unless the manifest says otherwise.
  std::size_t most_concurrency = 64;  ///< What a manifest may declare.

  std::chrono::milliseconds timeout{30'000};  ///< When nobody names one.
  std::chrono::milliseconds most_timeout{600'000};
  std::chrono::milliseconds cancel_deadline{2'000};  ///< For a cancelled tool to answer.

  std::size_t input_bytes = 1 << 20;
  std::size_t output_bytes = 4 << 20;
  std::size_t schema_depth = 16;
  std::size_t tools_per_agent = 256;

  // While an agent restarts.
  std::size_t waiting_calls = 32;  ///< For one agent.
  std::chrono::milliseconds waiting_time{2'000};

  std::chrono::minutes confirmation_life{10};
  std::size_t confirmations = 100;              ///< Pending.
  std::size_t confirmation_bytes = 16'000'000;  ///< Of all their inputs.

  std::chrono::minutes replay_life{10};
  std::size_t replays = 4096;
  std::size_t replay_bytes = 16'000'000;

  std::size_t invoke_depth = 8;  ///< Agents calling agents.
  std::size_t recent_calls = 256;
};

/// What an agent's manifest declares in execution_limits.
struct DeclaredCallLimits {
  std::optional<std::chrono::milliseconds> timeout = {};
  std::optional<std::size_t> concurrency = {};
  std::optional<http::RatePolicy> rate = {};
};

/// The shortest of what the request asks for (or the default), the manifest and the operator allow.
std::chrono::milliseconds effective_timeout(std::optional<std::chrono::milliseconds> requested,
                                            const DeclaredCallLimits& declared,
                                            const CallLimits& limits);
/// What the manifest declares within the operator's most, at least 1; else the default.
std::size_t effective_concurrency(const DeclaredCallLimits& declared, const CallLimits& limits);
/// The slower of both rates.
http::RatePolicy effective_rate(const DeclaredCallLimits& declared, const CallLimits& limits);

}  // namespace sovereign::core
