// Rate limits as token buckets, one for each policy and caller.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace sovereign::http {

/// So many requests in a window; the bucket refills evenly over it.
struct RatePolicy {
  std::uint32_t requests = 0;
  std::chrono::seconds window{60};
  bool operator==(const RatePolicy&) const = default;
};

/// "5/minute", "3/hour", "100/second", "10/day".
std::optional<RatePolicy> parse_rate_policy(std::string_view text);

/// What one request found.
struct RateDecision {
  bool allowed = true;
  RatePolicy policy;
  std::uint32_t remaining = 0;
  std::chrono::seconds
      reset{};  ///< Until the bucket is full; when refused, until one token is there.
};

/// A bucket as it was at `updated`; a pure rule, so that any store can keep it.
struct TokenBucket {
  double tokens = 0;
  base::SteadyTime updated{};
};

/// What a request is told when it got one of the bucket's tokens and `tokens` are left, or none.
RateDecision granted(const RatePolicy& policy, double tokens);
RateDecision refused(const RatePolicy& policy, double tokens);

/// Takes a token from `bucket` at `now`, if there is one.
RateDecision take_token(TokenBucket& bucket, const RatePolicy& policy, base::SteadyTime now);

/// What a limiter found: nullopt when the policy is unknown or off, and nothing is limited.
using RateFinding = std::optional<RateDecision>;

/// A finding at once, or a coroutine that ends with one when another process must be asked. The
/// coroutine owns what it needs, lives no longer than the limiter, and ends within a bounded time.
using RateCheck = std::variant<RateFinding, boost::asio::awaitable<RateFinding>>;

/// The seam: buckets in this process, or shared by replicas.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;
  /// Takes a token for `caller` under the policy of this name. Any thread; must not block. An
  /// awaitable must be awaited: the token is taken by it.
  virtual RateCheck acquire(std::string_view policy, std::string_view caller) = 0;
};

/// The finding of `check`, for who is in a coroutine anyway.
boost::asio::awaitable<RateFinding> finding_of(RateCheck check);

/// Buckets in memory, at most kMaxCallers of them; full ones are forgotten first.
class LocalRateLimiter final : public RateLimiter {
 public:
  static constexpr std::size_t kMaxCallers = 200'000;

  LocalRateLimiter(std::map<std::string, RatePolicy, std::less<>> policies,
                   const base::Clock& clock);
  RateCheck acquire(std::string_view policy, std::string_view caller) override {
    return take(policy, caller);
  }
  /// As acquire(), which always has its answer at once here.
  RateFinding take(std::string_view policy, std::string_view caller);

  /// The policy of this name; null when there is none.
  const RatePolicy* policy(std::string_view name) const;

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, TokenBucket> buckets;
  };

  void forget_full(Shard& shard, base::SteadyTime now) const;

  const std::map<std::string, RatePolicy, std::less<>> policies_;
  const base::Clock& clock_;
  std::unique_ptr<Shard[]> shards_;
};

/// Who a rate limit counts: an IPv6 address counts as its /64, which one customer has whole.
std::string address_key(std::string_view address);

}  // namespace sovereign::http
