#include "registry/federation/breaker.hpp"

#include <algorithm>

namespace sovereign::registry {

std::string_view to_string(BreakerState state) {
  switch (state) {
    case BreakerState::closed: return "closed";
    case BreakerState::open: return "open";
    case BreakerState::half_open: return "half_open";
  }
  return "open";
}

BreakerState Breaker::state(SteadyTime now) const {
  if (failures_ < options_.failures) return BreakerState::closed;
  return now < paused_until_ ? BreakerState::open : BreakerState::half_open;
}

bool Breaker::admit(SteadyTime now) {
  switch (state(now)) {
    case BreakerState::closed: return true;
    case BreakerState::open: return false;
    case BreakerState::half_open: break;
  }
  if (trial_is_out_) return false;
  trial_is_out_ = true;
  return true;
}

void Breaker::succeeded() {
  failures_ = 0;
  trial_is_out_ = false;
}

void Breaker::failed(SteadyTime now, double chance) {
  trial_is_out_ = false;
  constexpr int kMostDoublings = 20;
  const int doublings = std::min(++failures_ - options_.failures, kMostDoublings);
  if (doublings < 0) return;
  const auto pause =
      std::min<std::chrono::milliseconds>(options_.first * (1 << doublings), options_.most);
  const auto half = pause / 2;
  paused_until_ = now + half +
                  std::chrono::milliseconds(
                      static_cast<std::int64_t>(chance * static_cast<double>(half.count())));
}

}  // namespace sovereign::registry
