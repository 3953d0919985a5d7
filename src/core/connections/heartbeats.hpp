// What an agent's heartbeats, and their absence, say about its health. Pure. Only heartbeats change
// health; a failing call never does.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "core/state.hpp"
#include "protocol/messages.hpp"

namespace sovereign::core {

/// What to do after an event.
struct HealthStep {
  std::optional<Health> changed = {};  ///< The new health, when it is another.
  bool ping = false;                   ///< Send core.ping.
};

/// A heartbeat counts as missed half an interval after it was due. Two missed: degraded, and a ping
/// goes out; a third missed with that ping unanswered: unhealthy. An answered ping is repeated each
/// interval for as long as heartbeats fail to come.
class Heartbeats {
 public:
  Heartbeats(std::chrono::milliseconds interval, SteadyTime welcomed)
      : interval_(interval), last_(welcomed) {}

  HealthStep on_heartbeat(protocol::HeartbeatStatus status, SteadyTime now);
  void on_pong() { pinged_.reset(); }
  HealthStep on_sweep(SteadyTime now);

  Health health() const { return health_; }
  /// Heartbeats that should have come since the last.
  int missed(SteadyTime now) const;
  /// How long after it was due a heartbeat coming now is.
  std::chrono::nanoseconds lag(SteadyTime now) const;

 private:
  HealthStep become(Health health);

  std::chrono::milliseconds interval_;
  SteadyTime last_;
  std::optional<SteadyTime> pinged_;  ///< When the unanswered ping went out.
  std::optional<SteadyTime> last_ping_;
  Health health_ = Health::ok;
};

}  // namespace sovereign::core
