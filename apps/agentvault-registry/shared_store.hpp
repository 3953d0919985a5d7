// What replicas share beside the database, in Redis; without one, what this process keeps for
// itself.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "cache/memory.hpp"
#include "cache/redis_engine.hpp"
#include "crypto/random.hpp"
#include "settings.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::registry_app {

class SharedStore final : private cache::RedisObserver {
 public:
  /// `secret` is the one of all replicas: from it comes what their keys begin with, so that several
  /// registries can use one Redis. `log` must outlive this. Error: unprocessable (redis.url).
  static Result<std::unique_ptr<SharedStore>> open(const Settings& settings,
                                                   std::string_view secret, telemetry::Log& log);

  /// Null without one.
  cache::Redis* redis() { return redis_.get(); }
  cache::Cache& cache() { return *cache_; }
  cache::Broadcast& broadcast() { return *broadcast_; }
  /// "agentvault:<16 digits>:".
  const std::string& prefix() const { return prefix_; }

  /// Before start(); does nothing without Redis. `metrics` must outlive this.
  void add_metrics(telemetry::Metrics& metrics);

  /// Connects; returns within a second whether that succeeds or not.
  void start();
  /// While the loops that wait for answers exist.
  void stop();

  /// Whether Redis answers. Errors: unavailable, timed_out.
  Task<void> check();

 private:
  SharedStore(std::string prefix, telemetry::Log& log) : log_(log), prefix_(std::move(prefix)) {}

  void completed(std::chrono::nanoseconds taken) override;
  void failed(ErrorCode code, std::string_view refused) override;
  void available() override;
  void unavailable(std::string_view reason) override;

  telemetry::Log& log_;
  const std::string prefix_;
  base::SystemClock clock_;
  crypto::SystemRandom random_;
  telemetry::Histogram* latency_ = nullptr;
  telemetry::Counter* timed_out_ = nullptr;
  telemetry::Counter* unavailable_ = nullptr;
  telemetry::Counter* refused_ = nullptr;
  SteadyTime next_refusal_logged_{};  ///< Redis' thread only.
  std::unique_ptr<cache::Redis> redis_;
  std::unique_ptr<cache::Cache> cache_;
  std::unique_ptr<cache::Broadcast> broadcast_;
};

}  // namespace sovereign::registry_app
