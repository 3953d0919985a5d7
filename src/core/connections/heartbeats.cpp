#include "core/connections/heartbeats.hpp"

#include <algorithm>

namespace sovereign::core {
namespace {

constexpr int kMissedForDegraded = 2;
constexpr int kMissedForUnhealthy = 3;

Health health_of(protocol::HeartbeatStatus status) {
  switch (status) {
    case protocol::HeartbeatStatus::ok: return Health::ok;
    case protocol::HeartbeatStatus::degraded: return Health::degraded;
    case protocol::HeartbeatStatus::unhealthy: return Health::unhealthy;
  }
  return Health::unknown;
}

}  // namespace

HealthStep Heartbeats::become(Health health) {
  if (health == health_) return {};
  health_ = health;
  return {.changed = health};
}

HealthStep Heartbeats::on_heartbeat(protocol::HeartbeatStatus status, SteadyTime now) {
  last_ = now;
  pinged_.reset();
  last_ping_.reset();
  return become(health_of(status));
}

int Heartbeats::missed(SteadyTime now) const {
  const auto late = now - last_ - interval_ / 2;
  return late.count() < 0 ? 0 : static_cast<int>(late / interval_);
}

std::chrono::nanoseconds Heartbeats::lag(SteadyTime now) const {
  return std::max<std::chrono::nanoseconds>(now - last_ - interval_, std::chrono::nanoseconds{0});
}

HealthStep Heartbeats::on_sweep(SteadyTime now) {
  const int missed_now = missed(now);
  if (missed_now < kMissedForDegraded) return {};
  const bool ping_is_unanswered = pinged_ && now - *pinged_ >= interval_;
  if (missed_now >= kMissedForUnhealthy && ping_is_unanswered) return become(Health::unhealthy);
  // An agent that calls itself unhealthy is not made better by silence.
  HealthStep step = health_ == Health::unhealthy ? HealthStep{} : become(Health::degraded);
  if (!last_ping_ || now - *last_ping_ >= interval_) {
    step.ping = true;
    last_ping_ = now;
    if (!pinged_) pinged_ = now;
  }
  return step;
}

}  // namespace sovereign::core
