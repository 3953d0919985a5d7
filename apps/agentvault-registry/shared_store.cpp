#include "shared_store.hpp"

#include <span>
#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "registry/limits/shared_rate_limiter.hpp"

namespace sovereign::registry_app {
namespace {

using namespace std::chrono_literals;

constexpr auto kStartPatience = 1s;
constexpr auto kCheckLimit = 200ms;
/// A user without rights for a command is told of once a while, not with each request.
constexpr auto kRefusalLogPause = 60s;

std::string prefix_of(std::string_view secret) {
  const auto digest = crypto::hmac_sha256(secret, "agentvault redis keys");
  return "agentvault:" + base::to_hex(std::span(digest).first(8)) + ':';
}

Failure of_setting(const Error& error) {
  return base::fail(ErrorCode::unprocessable, "redis.url: " + error.detail);
}

}  // namespace

Result<std::unique_ptr<SharedStore>> SharedStore::open(const Settings& settings,
                                                       std::string_view secret,
                                                       telemetry::Log& log) {
  std::unique_ptr<SharedStore> store(new SharedStore(prefix_of(secret), log));
  if (settings.redis_url.empty()) {
    store->cache_ = std::make_unique<cache::MemoryCache>(store->clock_);
    store->broadcast_ = std::make_unique<cache::MemoryBroadcast>();
    return store;
  }
  auto url = cache::parse_redis_url(settings.redis_url);
  if (!url) return of_setting(url.error());
  auto redis = cache::Redis::make({std::move(*url), {&registry::SharedRateLimiter::script()}},
                                  static_cast<cache::RedisObserver&>(*store), store->random_);
  if (!redis) return of_setting(redis.error());
  store->redis_ = std::move(*redis);
  store->cache_ = std::make_unique<cache::RedisCache>(*store->redis_, store->prefix_);
  store->broadcast_ = std::make_unique<cache::RedisBroadcast>(*store->redis_, store->prefix_);
  return store;
}

void SharedStore::add_metrics(telemetry::Metrics& metrics) {
  if (!redis_) return;
  latency_ = &metrics.latency(
      {.name = "redis_command_seconds", .help = "From handing a command over to its answer."});
  const auto failures = [&](std::string reason) {
    return &metrics.counter({.name = "redis_command_failures_total",
                             .help = "Commands without an answer, by reason.",
                             .labels = {{"reason", std::move(reason)}}});
  };
  timed_out_ = failures("timed_out");
  unavailable_ = failures("unavailable");
  refused_ = failures("refused");
  metrics.observe_gauge({.name = "redis_available", .help = "1 while Redis is connected."},
                        [this] { return redis_->is_available() ? 1.0 : 0.0; });
}

void SharedStore::start() {
  if (redis_) redis_->start(kStartPatience);
}

void SharedStore::stop() {
  if (redis_) redis_->stop();
}

Task<void> SharedStore::check() {
  cache::RedisCommand command{.words = {"PING"}, .limit = kCheckLimit};
  auto calling = redis_->call(std::move(command));
  const auto reply = co_await std::move(calling);
  if (!reply) co_return Failure(reply.error());
  co_return Result<void>();
}

void SharedStore::completed(std::chrono::nanoseconds taken) {
  if (latency_ != nullptr) latency_->observe(taken);
}

void SharedStore::failed(ErrorCode code, std::string_view refused) {
  auto* counter = code == ErrorCode::timed_out ? timed_out_
                  : refused.empty()            ? unavailable_
                                               : refused_;
  if (counter != nullptr) counter->add();
  if (refused.empty()) return;
  const auto now = clock_.steady_now();
  if (now < next_refusal_logged_) return;
  next_refusal_logged_ = now + kRefusalLogPause;
  log_.warning("redis_refused", {{"code", refused}});
}

void SharedStore::available() { log_.info("redis_available"); }

void SharedStore::unavailable(std::string_view reason) {
  log_.warning("redis_unavailable", {{"reason", reason}});
}

}  // namespace sovereign::registry_app
