// Slows guessing down: after some failed logins in a row the next one must wait, longer each time.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"

namespace sovereign::core {

/// One for the whole daemon: on loopback every client has the same address. Loop thread only.
class LoginThrottle {
 public:
  static constexpr int kFreeFailures = 5;
  static constexpr std::chrono::seconds kFirstWait{1};  ///< Doubles with each failure.
  static constexpr std::chrono::seconds kLongestWait{300};
  static constexpr std::chrono::minutes kForgetAfter{15};  ///< Without a failure.

  explicit LoginThrottle(const base::Clock& clock) : clock_(clock) {}

  /// How long a login must wait; nullopt when it may be tried now.
  std::optional<std::chrono::seconds> wait() const;
  void failed();
  void succeeded() { failures_ = 0; }

 private:
  const base::Clock& clock_;
  int failures_ = 0;
  base::SteadyTime last_failure_{};
  base::SteadyTime blocked_until_{};
};

}  // namespace sovereign::core
