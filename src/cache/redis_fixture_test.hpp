// A client of a real server, with a listener that remembers what it was told.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cache/redis.hpp"
#include "support/await.hpp"
#include "support/private_redis.hpp"
#include "support/wait_until.hpp"

namespace sovereign::cache {

using support::await;
using support::PrivateRedis;
using support::wait_until;
using namespace std::chrono_literals;

class FixedRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = 0;
  }
};

class RecordingObserver final : public RedisObserver {
 public:
  void completed(std::chrono::nanoseconds) override { ++completions; }
  void failed(ErrorCode, std::string_view refused) override { note(std::string(refused)); }
  void available() override { note("available"); }
  void unavailable(std::string_view reason) override { note("away: " + std::string(reason)); }

  std::vector<std::string> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::atomic<int> completions = 0;

 private:
  void note(std::string event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }

  mutable std::mutex mutex_;
  std::vector<std::string> events_;
};

/// Connected, unless the server is away.
struct Client {
  explicit Client(std::string_view url, std::vector<const RedisScript*> scripts = {})
      : redis(*Redis::make({*parse_redis_url(url), std::move(scripts)}, observer, random)) {}
  Client& start() {
    redis->start(10s);
    return *this;
  }

  Result<Reply> call(std::vector<std::string> words, std::string key = {},
                     std::chrono::milliseconds limit = 5s) {
    RedisCommand command{.words = std::move(words), .key = std::move(key), .limit = limit};
    return await(redis->call(std::move(command)));
  }
  /// Of a script with one key.
  Result<Reply> run(const RedisScript& script, std::string key) {
    RedisCommand command{
        .words = {"EVAL", "", "1", key}, .key = key, .script = &script, .limit = 5s};
    return await(redis->call(std::move(command)));
  }

  FixedRandom random;
  RecordingObserver observer;
  std::unique_ptr<Redis> redis;
};

}  // namespace sovereign::cache
