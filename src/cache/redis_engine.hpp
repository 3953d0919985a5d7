// The engine that replicas share: values and messages in Redis.
#pragma once

#include <string>

#include "cache/cache.hpp"
#include "cache/redis.hpp"

namespace sovereign::cache {

class RedisCache final : public Cache {
 public:
  /// Keys begin with `prefix`. `redis` must outlive this.
  RedisCache(Redis& redis, std::string prefix) : redis_(redis), prefix_(std::move(prefix)) {}

  Task<std::optional<std::string>> get(std::string key) override;
  Task<void> set(std::string key, std::string value, std::chrono::milliseconds life) override;
  Task<void> remove(std::string key) override;

 private:
  Redis& redis_;
  const std::string prefix_;
};

class RedisBroadcast final : public Broadcast {
 public:
  /// Channels begin with `prefix`. `redis` must outlive this.
  RedisBroadcast(Redis& redis, std::string prefix) : redis_(redis), prefix_(std::move(prefix)) {}

  void publish(std::string_view channel, std::string_view message) override;
  void subscribe(std::string_view channel, Listener listener) override;

 private:
  Redis& redis_;
  const std::string prefix_;
};

}  // namespace sovereign::cache
