// Rate limits that all replicas count together: token buckets in Redis, each taken from by a script
// in one step, by Redis' clock. While Redis does not answer, each replica counts for itself.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "cache/redis.hpp"
#include "http/rate_limit.hpp"

namespace sovereign::registry {

class SharedRateLimiter final : public http::RateLimiter {
 public:
  /// What a request waits for Redis at most; then it is counted here alone.
  static constexpr std::chrono::milliseconds kPatience{50};

  /// To be among the scripts of `redis`.
  static const cache::RedisScript& script();

  /// `local` knows the policies, and counts while Redis is away. Keys begin with `prefix`. Both
  /// must outlive this.
  SharedRateLimiter(http::LocalRateLimiter& local, cache::Redis& redis, std::string prefix,
                    std::chrono::milliseconds patience = kPatience)
      : local_(local), redis_(redis), prefix_(std::move(prefix)), patience_(patience) {}

  /// At once while Redis is away.
  http::RateCheck acquire(std::string_view policy, std::string_view caller) override;

  /// Requests that were counted by this replica alone; for metrics.
  std::uint64_t fallbacks() const { return fallbacks_.load(std::memory_order_relaxed); }

 private:
  boost::asio::awaitable<http::RateFinding> ask(http::RatePolicy rule, std::string policy,
                                                std::string caller);
  http::RateFinding count_here(std::string_view policy, std::string_view caller);

  http::LocalRateLimiter& local_;
  cache::Redis& redis_;
  const std::string prefix_;
  const std::chrono::milliseconds patience_;
  std::atomic<std::uint64_t> fallbacks_ = 0;
};

}  // namespace sovereign::registry
