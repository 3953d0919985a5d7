// A rate limit that counts failures only: who stays within it never notices, who is over it is
// turned away before any work is done.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "http/rate_limit.hpp"

namespace sovereign::registry {

/// Any thread. The budget may be shared by replicas; who is turned away is remembered here, so that
/// a further replica learns of it by one failure more.
class FailureLimit {
 public:
  static constexpr std::size_t kMaxAddresses = 10'000;  ///< Turned away at once; more start afresh.

  /// `policy` is a constant. All must outlive this.
  FailureLimit(http::RateLimiter& limiter, std::string_view policy, const Clock& clock)
      : limiter_(limiter), policy_(policy), clock_(clock) {}

  /// How long `address` must wait; nullopt when it may try now.
  std::optional<std::chrono::seconds> wait_of(std::string_view address);
  boost::asio::awaitable<void> failed(std::string address);

 private:
  http::RateLimiter& limiter_;
  const std::string_view policy_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, base::SteadyTime> turned_away_;  ///< Until when.
};

}  // namespace sovereign::registry
