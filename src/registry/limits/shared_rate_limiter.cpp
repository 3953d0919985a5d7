#include "registry/limits/shared_rate_limiter.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace sovereign::registry {
namespace {

/// The rule of http::take_token(), at the server. KEYS: the bucket. ARGV: its size, the window in
/// microseconds. Numbers are stored as text with all their digits: Lua's own would round the time.
/// A bucket that is full again is as good as none, so it expires then.
constexpr cache::RedisScript kTakeToken{R"(
local size, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local known = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(known[1] or size), tonumber(known[2] or now)
tokens = math.min(size, tokens + math.max(0, now - at) * size / window)
local granted = 0
if tokens >= 1 then
  granted = 1
  tokens = tokens - 1
end
local left = string.format('%.17g', tokens)
redis.call('HSET', KEYS[1], 'tokens', left, 'at', string.format('%.0f', now))
local full = string.format('%.0f', math.ceil((size - tokens) * window / size / 1000) + 1)
redis.call('PEXPIRE', KEYS[1], full)
return {granted, left}
)"};

std::optional<http::RateDecision> read_decision(const cache::Reply& reply,
                                                const http::RatePolicy& rule) {
  if (reply.items.size() != 2) return std::nullopt;
  const std::string& left = reply.items[1].text;
  double tokens = 0;
  const auto [end, error] = std::from_chars(left.data(), left.data() + left.size(), tokens);
  // Also not a number, which no comparison holds for.
  if (error != std::errc{} || !(tokens >= 0 && tokens <= rule.requests)) return std::nullopt;
  return reply.items[0].integer == 1 ? http::granted(rule, tokens) : http::refused(rule, tokens);
}

}  // namespace

const cache::RedisScript& SharedRateLimiter::script() { return kTakeToken; }

http::RateCheck SharedRateLimiter::acquire(std::string_view policy, std::string_view caller) {
  const auto* rule = local_.policy(policy);
  if (rule == nullptr) return http::RateFinding();
  if (!redis_.is_available()) return count_here(policy, caller);
  return ask(*rule, std::string(policy), std::string(caller));
}

boost::asio::awaitable<http::RateFinding> SharedRateLimiter::ask(http::RatePolicy rule,
                                                                 std::string policy,
                                                                 std::string caller) {
  const auto window = std::chrono::microseconds(rule.window).count();
  cache::RedisCommand command{
      .key = prefix_ + "rate:" + policy + ':' + caller, .script = &kTakeToken, .limit = patience_};
  command.words = {
      "EVAL", "", "1", command.key, std::to_string(rule.requests), std::to_string(window)};
  auto calling = redis_.call(std::move(command));
  const auto reply = co_await std::move(calling);
  if (reply) {
    if (const auto decision = read_decision(*reply, rule)) co_return decision;
  }
  co_return count_here(policy, caller);
}

http::RateFinding SharedRateLimiter::count_here(std::string_view policy, std::string_view caller) {
  fallbacks_.fetch_add(1, std::memory_order_relaxed);
  return local_.take(policy, caller);
}

}  // namespace sovereign::registry
