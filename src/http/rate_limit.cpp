#include "http/rate_limit.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace sovereign::http {
namespace {

double refill_per_second(const RatePolicy& policy) {
  return policy.requests / static_cast<double>(policy.window.count());
}

std::chrono::seconds round_up(double seconds) {
  return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(seconds)));
}

}  // namespace

std::optional<RatePolicy> parse_rate_policy(std::string_view text) {
  constexpr std::pair<std::string_view, int> kUnits[] = {
      {"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86400}};
  RatePolicy policy;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), policy.requests);
  if (error != std::errc{} || policy.requests == 0 || end == text.data() + text.size() ||
      *end != '/') {
    return std::nullopt;
  }
  const auto unit = text.substr(static_cast<std::size_t>(end - text.data()) + 1);
  for (const auto& [name, seconds] : kUnits) {
    if (unit != name) continue;
    policy.window = std::chrono::seconds(seconds);
    return policy;
  }
  return std::nullopt;
}

RateDecision granted(const RatePolicy& policy, double tokens) {
  return {.allowed = true,
          .policy = policy,
          .remaining = static_cast<std::uint32_t>(tokens),
          .reset = round_up((policy.requests - tokens) / refill_per_second(policy))};
}

RateDecision refused(const RatePolicy& policy, double tokens) {
  const auto wait = round_up((1 - tokens) / refill_per_second(policy));
  return {.allowed = false, .policy = policy, .reset = std::max(wait, std::chrono::seconds{1})};
}

RateDecision take_token(TokenBucket& bucket, const RatePolicy& policy, base::SteadyTime now) {
  const double rate = refill_per_second(policy);
  const double elapsed = std::max(0.0, std::chrono::duration<double>(now - bucket.updated).count());
  bucket.tokens = std::min<double>(policy.requests, bucket.tokens + elapsed * rate);
  bucket.updated = now;
  if (bucket.tokens < 1) return refused(policy, bucket.tokens);
  bucket.tokens -= 1;
  return granted(policy, bucket.tokens);
}

LocalRateLimiter::LocalRateLimiter(std::map<std::string, RatePolicy, std::less<>> policies,
                                   const base::Clock& clock)
    : policies_(std::move(policies)), clock_(clock), shards_(std::make_unique<Shard[]>(kShards)) {}

boost::asio::awaitable<RateFinding> finding_of(RateCheck check) {
  if (auto* found = std::get_if<RateFinding>(&check)) co_return *found;
  auto later = std::move(std::get<boost::asio::awaitable<RateFinding>>(check));
  co_return co_await std::move(later);
}

const RatePolicy* LocalRateLimiter::policy(std::string_view name) const {
  const auto found = policies_.find(name);
  return found == policies_.end() ? nullptr : &found->second;
}

RateFinding LocalRateLimiter::take(std::string_view policy_name, std::string_view caller) {
  const auto* policy = this->policy(policy_name);
  if (policy == nullptr) return std::nullopt;
  std::string key;
  key.reserve(policy_name.size() + 1 + caller.size());
  key.append(policy_name).append(1, '\n').append(caller);
  const auto now = clock_.steady_now();
  Shard& shard = shards_[std::hash<std::string>{}(key) % kShards];
  const std::lock_guard lock(shard.mutex);
  if (shard.buckets.size() >= kMaxCallers / kShards) forget_full(shard, now);
  const auto [bucket, fresh] = shard.buckets.try_emplace(std::move(key));
  if (fresh) bucket->second = {.tokens = static_cast<double>(policy->requests), .updated = now};
  return take_token(bucket->second, *policy, now);
}

void LocalRateLimiter::forget_full(Shard& shard, base::SteadyTime now) const {
  std::erase_if(shard.buckets, [&](const auto& entry) {
    const auto policy =
        policies_.find(std::string_view(entry.first).substr(0, entry.first.find('\n')));
    const auto idle = std::chrono::duration<double>(now - entry.second.updated).count();
    return entry.second.tokens + idle * refill_per_second(policy->second) >=
           policy->second.requests;
  });
  // Under a flood of callers nothing is full yet: forget some rather than grow without end.
  if (shard.buckets.size() >= kMaxCallers / kShards) shard.buckets.erase(shard.buckets.begin());
}

std::string address_key(std::string_view address) {
  if (address.find(':') == std::string_view::npos || address.starts_with("::"))
    return std::string(address);
  std::size_t end = 0;
  for (int group = 0; group < 4 && end != std::string_view::npos; ++group)
    end = address.find(':', end + 1);
  const auto gap = address.find("::");
  return std::string(address.substr(0, std::min(end, gap)));
}

}  // namespace sovereign::http
