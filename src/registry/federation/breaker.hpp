// The circuit breaker of one peer: after some failures in a row it is left alone for a while, then
// tried with one request. A pure state machine: time and chance come from outside.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"

namespace sovereign::registry {

enum class BreakerState : std::uint8_t {
  closed,     ///< Requests go through.
  open,       ///< None does, until the pause is over.
  half_open,  ///< One may, and decides.
};
std::string_view to_string(BreakerState state);

struct BreakerOptions {
  int failures = 3;                        ///< In a row, until it opens.
  std::chrono::milliseconds first{1'000};  ///< The first pause; each failed trial doubles it.
  std::chrono::milliseconds most{60'000};
};

/// Not thread-safe.
class Breaker {
 public:
  explicit Breaker(BreakerOptions options = {}) : options_(options) {}

  BreakerState state(SteadyTime now) const;

  /// Whether a request may go out now. A true one in half_open is the trial: it must end in
  /// succeeded(), failed() or given_up().
  bool admit(SteadyTime now);

  void succeeded();
  /// `chance` in [0, 1) spreads the pause over its second half, so that many askers do not come
  /// back at once.
  void failed(SteadyTime now, double chance);
  /// It ended without telling anything of the peer.
  void given_up() { trial_is_out_ = false; }

 private:
  BreakerOptions options_;
  int failures_ = 0;  ///< In a row.
  SteadyTime paused_until_{};
  bool trial_is_out_ = false;
};

}  // namespace sovereign::registry
