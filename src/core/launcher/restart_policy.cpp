#include "core/launcher/restart_policy.hpp"

#include <algorithm>

namespace sovereign::core {
namespace {

constexpr double kJitterShare = 0.25;

}  // namespace

RestartDecision RestartState::on_end(RunEnd end, RestartPolicy policy,
                                     std::optional<base::SteadyTime> ready_since,
                                     base::SteadyTime now, double jitter) {
  using Action = RestartDecision::Action;
  if (ready_since && now - *ready_since >= times_.healthy) attempts_ = 0;
  if (end == RunEnd::stopped) return {};
  if (end == RunEnd::crashed) crashes_.push_back(now);
  while (!crashes_.empty() && now - crashes_.front() > times_.window) crashes_.pop_front();
  if (end == RunEnd::crashed && crashes_.size() >= times_.crashes) {
    is_held_ = true;
    return {.action = Action::hold};
  }
  const bool wants = policy == RestartPolicy::always ||
                     (policy == RestartPolicy::on_failure && end == RunEnd::crashed);
  if (!wants) return {};
  // 2^16 times the first delay is beyond any sensible longest one.
  const auto doubled = times_.first * (1LL << std::min<std::size_t>(attempts_++, 16));
  const auto delay = std::min(std::chrono::milliseconds(doubled), times_.longest);
  const auto extra = static_cast<double>(delay.count()) * kJitterShare * jitter;
  return {.action = Action::restart,
          .delay = delay + std::chrono::milliseconds(static_cast<std::int64_t>(extra))};
}

bool RestartState::is_held(base::SteadyTime now) const {
  return is_held_ && !crashes_.empty() && now - crashes_.back() <= times_.window;
}

void RestartState::release() {
  crashes_.clear();
  attempts_ = 0;
  is_held_ = false;
}

}  // namespace sovereign::core
