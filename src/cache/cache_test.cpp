// The contract of Cache and Broadcast, held by every engine.
#include "cache/cache.hpp"

#include <gtest/gtest.h>

#include "cache/memory.hpp"
#include "cache/redis_engine.hpp"
#include "cache/redis_fixture_test.hpp"

namespace sovereign::cache {
namespace {

/// An engine as the tests see it: with a way to let time pass.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual Cache& cache() = 0;
  virtual Broadcast& broadcast() = 0;
  virtual void start() = 0;
  /// Lets the life of the value at `key` end.
  virtual void outlive(const std::string& key) = 0;
};

class MemoryEngine final : public Engine {
 public:
  Cache& cache() override { return cache_; }
  Broadcast& broadcast() override { return broadcast_; }
  void start() override {}
  void outlive(const std::string&) override { clock_.advance(1h); }

 private:
  base::ManualClock clock_;
  MemoryCache cache_{clock_};
  MemoryBroadcast broadcast_;
};

class RedisEngine final : public Engine {
 public:
  Cache& cache() override { return cache_; }
  Broadcast& broadcast() override { return broadcast_; }
  void start() override {
    client_.start();
    EXPECT_TRUE(client_.redis->is_available());
  }
  void outlive(const std::string& key) override {
    // Its clock is its own: check that the life was given, and end it.
    EXPECT_GT(std::stoll(server_.ask({"PTTL", "test:" + key})), 0);
    server_.ask({"PEXPIREAT", "test:" + key, "1"});
  }

 private:
  PrivateRedis& server_ = PrivateRedis::shared();
  Client client_{server_.url()};
  RedisCache cache_{*client_.redis, "test:"};
  RedisBroadcast broadcast_{*client_.redis, "test:"};
};

template <typename E>
class EveryEngine : public testing::Test {
 protected:
  void start() { engine_.start(); }
  std::optional<std::string> get(const std::string& key) {
    const auto found = await(engine_.cache().get(key));
    EXPECT_TRUE(found) << found.error().context;
    return found.value_or(std::nullopt);
  }
  bool set(const std::string& key, const std::string& value) {
    return await(engine_.cache().set(key, value, 1min)).has_value();
  }

  E engine_;
};
struct EngineNames {
  template <typename E>
  static std::string GetName(int) {
    return std::is_same_v<E, MemoryEngine> ? "Memory" : "Redis";
  }
};
using Engines = testing::Types<MemoryEngine, RedisEngine>;
TYPED_TEST_SUITE(EveryEngine, Engines, EngineNames);

TYPED_TEST(EveryEngine, ReturnsWhatWasSetUntilItIsRemoved) {
  this->start();
  const std::string value("any\r\n\0bytes", 11);
  EXPECT_EQ(this->get("unknown"), std::nullopt);
  EXPECT_TRUE(this->set("key", value));
  EXPECT_EQ(this->get("key"), value);
  EXPECT_TRUE(this->set("key", ""));
  EXPECT_EQ(this->get("key"), "");
  EXPECT_TRUE(await(this->engine_.cache().remove("key")));
  EXPECT_TRUE(await(this->engine_.cache().remove("key")));
  EXPECT_EQ(this->get("key"), std::nullopt);
}

TYPED_TEST(EveryEngine, ForgetsWhatHasOutlivedItsTime) {
  this->start();
  EXPECT_TRUE(this->set("brief", "value"));
  this->engine_.outlive("brief");
  EXPECT_EQ(this->get("brief"), std::nullopt);
}

TYPED_TEST(EveryEngine, RefusesWhatIsTooLarge) {
  this->start();
  const std::string long_key(kMaxKeyBytes + 1, 'k');
  EXPECT_FALSE(this->set(long_key, "value"));
  EXPECT_EQ(await(this->engine_.cache().get(long_key)).error().code, ErrorCode::too_large);
  EXPECT_EQ(await(this->engine_.cache().remove(long_key)).error().code, ErrorCode::too_large);
  EXPECT_FALSE(this->set("key", std::string(kMaxValueBytes + 1, 'v')));
  EXPECT_TRUE(this->set("large", std::string(kMaxValueBytes, 'v')));
  EXPECT_EQ(this->get("large")->size(), kMaxValueBytes);
  EXPECT_TRUE(await(this->engine_.cache().remove("large")));
}

TYPED_TEST(EveryEngine, SendsMessagesToTheListenersOfTheirChannel) {
  std::mutex mutex;
  std::vector<std::string> heard;
  const auto listen_as = [&](std::string name) {
    return [&, name](std::string_view message) {
      const std::lock_guard lock(mutex);
      heard.push_back(name + " " + std::string(message));
    };
  };
  this->engine_.broadcast().subscribe("news", listen_as("first"));
  this->engine_.broadcast().subscribe("news", listen_as("second"));
  this->engine_.broadcast().subscribe("other", listen_as("other"));
  this->start();
  const auto has_heard = [&](std::size_t count) {
    return wait_until([&] {
      const std::lock_guard lock(mutex);
      return heard.size() >= count;
    });
  };
  // Messages from before the subscription are lost, by contract: the first gets through at last.
  ASSERT_TRUE(wait_until([&] {
    this->engine_.broadcast().publish("other", "hello");
    const std::lock_guard lock(mutex);
    return !heard.empty();
  }));
  this->engine_.broadcast().publish("nobody", "x");
  this->engine_.broadcast().publish("news", "it rains");
  this->engine_.broadcast().publish("other", "end");
  ASSERT_TRUE(wait_until([&] {
    const std::lock_guard lock(mutex);
    return heard.back() == "other end";
  }));
  std::erase(heard, "other hello");
  EXPECT_TRUE(has_heard(3));
  EXPECT_EQ(heard, (std::vector<std::string>{"first it rains", "second it rains", "other end"}));
}

TEST(MemoryCache, DropsWhatWasNotUsedForLongest) {
  const base::ManualClock clock;
  MemoryCache cache(clock, 30);
  const auto set = [&](std::string key) {
    EXPECT_TRUE(await(cache.set(std::move(key), "ten bytes", 1min)));
  };
  const auto is_there = [&](std::string key) { return (*await(cache.get(key))).has_value(); };
  for (const char* key : {"a", "b", "c"}) set(key);
  EXPECT_TRUE(is_there("a"));
  set("d");
  EXPECT_TRUE(is_there("a"));
  EXPECT_FALSE(is_there("b"));
  EXPECT_TRUE(is_there("c"));
  EXPECT_TRUE(is_there("d"));
  EXPECT_TRUE(await(cache.set("huge", std::string(100, 'x'), 1min)));
  EXPECT_FALSE(is_there("huge"));
}

}  // namespace
}  // namespace sovereign::cache
