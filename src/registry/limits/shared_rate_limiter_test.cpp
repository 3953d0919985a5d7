#include "registry/limits/shared_rate_limiter.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "crypto/random.hpp"
#include "support/await.hpp"
#include "support/private_redis.hpp"
#include "support/wait_until.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;

class Unobserved final : public cache::RedisObserver {
 public:
  void completed(std::chrono::nanoseconds) override {}
  void failed(ErrorCode, std::string_view) override {}
  void available() override {}
  void unavailable(std::string_view) override {}
};

Task<http::RateFinding> find(http::RateLimiter& limiter, std::string policy, std::string caller) {
  auto finding = http::finding_of(limiter.acquire(policy, caller));
  co_return co_await std::move(finding);
}

/// A replica of its own: buckets, connection.
struct Replica {
  explicit Replica(const support::PrivateRedis& server)
      : redis(*cache::Redis::make(
            {*cache::parse_redis_url(server.url()), {&SharedRateLimiter::script()}}, observer,
            random)) {
    redis->start(10s);
  }
  http::RateFinding take(std::string policy, std::string caller) {
    return *support::await(find(limiter, std::move(policy), std::move(caller)));
  }

  Unobserved observer;
  crypto::SystemRandom random;
  base::ManualClock clock;
  std::unique_ptr<cache::Redis> redis;
  http::LocalRateLimiter local{{{"login", {5, 60s}}, {"other", {5, 60s}}, {"slow", {7, 24h}}},
                               clock};
  /// As patient as a busy machine may need.
  SharedRateLimiter limiter{local, *redis, "test:", 10s};
};

class SharedRateLimiterTest : public testing::Test {
 protected:
  /// Lets `time` pass for a bucket, whose clock is Redis' own.
  void age(const std::string& bucket, std::chrono::microseconds time) {
    const auto key = "test:rate:" + bucket;
    const auto at = std::stoll(server_.ask({"HGET", key, "at"}));
    server_.ask({"HSET", key, "at", std::to_string(at - time.count())});
  }

  support::PrivateRedis server_;
  Replica first_{server_};
  Replica second_{server_};
};

TEST_F(SharedRateLimiterTest, CountsTheRequestsOfAllReplicasTogether) {
  for (std::uint32_t left = 5; left-- > 0;) {
    const auto decision = (left % 2 == 0 ? first_ : second_).take("login", "a");
    ASSERT_TRUE(decision && decision->allowed);
    EXPECT_EQ(decision->remaining, left);
  }
  for (auto* replica : {&first_, &second_}) {
    const auto refused = replica->take("login", "a");
    ASSERT_TRUE(refused && !refused->allowed);
    EXPECT_EQ(refused->remaining, 0U);
    EXPECT_LE(refused->reset, 12s);
    EXPECT_GE(refused->reset, 1s);
  }
  EXPECT_TRUE(second_.take("login", "b")->allowed);
  EXPECT_TRUE(second_.take("other", "a")->allowed);
  EXPECT_FALSE(second_.take("unknown", "a"));
  EXPECT_EQ(first_.limiter.fallbacks() + second_.limiter.fallbacks(), 0U);
}

TEST_F(SharedRateLimiterTest, GrantsNoMoreThanTheBudgetToThoseWhoRace) {
  std::atomic<int> granted = 0;
  std::latch asked(4);
  // Their loops outlive the clients' last touch.
  std::latch stopped(1);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 25; ++i) {
        if ((thread % 2 == 0 ? first_ : second_).take("slow", "a")->allowed) ++granted;
      }
      asked.count_down();
      stopped.wait();
    });
  }
  asked.wait();
  first_.redis->stop();
  second_.redis->stop();
  stopped.count_down();
  EXPECT_EQ(granted, 7);
}

TEST_F(SharedRateLimiterTest, RefillsEvenlyByTheServersClock) {
  for (int i = 0; i < 5; ++i) first_.take("login", "a");
  EXPECT_FALSE(first_.take("login", "a")->allowed);
  age("login:a", 12s);
  EXPECT_TRUE(second_.take("login", "a")->allowed);
  EXPECT_FALSE(second_.take("login", "a")->allowed);
  age("login:a", 1h);
  EXPECT_EQ(first_.take("login", "a")->remaining, 4U);
}

TEST_F(SharedRateLimiterTest, KeepsABucketUntilItIsFull) {
  for (int i = 0; i < 5; ++i) first_.take("login", "a");
  const auto life = std::stoll(server_.ask({"PTTL", "test:rate:login:a"}));
  EXPECT_GT(life, 40'000);
  EXPECT_LE(life, 60'001);
}

TEST_F(SharedRateLimiterTest, CountsAloneWhileRedisIsAwayAndTogetherAfterwards) {
  for (int i = 0; i < 5; ++i) first_.take("login", "a");
  server_.crash();
  ASSERT_TRUE(support::wait_until(
      [&] { return !first_.redis->is_available() && !second_.redis->is_available(); }));
  EXPECT_TRUE(std::holds_alternative<http::RateFinding>(first_.limiter.acquire("login", "a")));
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(first_.take("login", "a")->allowed);
  EXPECT_FALSE(first_.take("login", "a")->allowed);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(second_.take("login", "a")->allowed);
  EXPECT_FALSE(second_.take("login", "a")->allowed);
  EXPECT_EQ(first_.limiter.fallbacks(), 6U);
  server_.start();
  ASSERT_TRUE(support::wait_until(
      [&] { return first_.redis->is_available() && second_.redis->is_available(); }));
  EXPECT_EQ(first_.take("login", "a")->remaining, 4U);
  EXPECT_EQ(second_.take("login", "a")->remaining, 3U);
}

TEST_F(SharedRateLimiterTest, CountsAloneWhenRedisDoesNotAnswerInTime) {
  SharedRateLimiter limiter(first_.local, *first_.redis, "test:");
  server_.freeze();
  const auto before = std::chrono::steady_clock::now();
  const auto decision = support::await(find(limiter, "login", "a"));
  EXPECT_TRUE(decision.value()->allowed);
  EXPECT_GE(std::chrono::steady_clock::now() - before, SharedRateLimiter::kPatience);
  EXPECT_EQ(limiter.fallbacks(), 1U);
  server_.thaw();
}

TEST_F(SharedRateLimiterTest, CountsAloneWhenTheBucketIsNotOne) {
  server_.ask({"SET", "test:rate:login:a", "not a bucket"});
  EXPECT_TRUE(first_.take("login", "a")->allowed);
  server_.ask({"DEL", "test:rate:login:a"});
  server_.ask({"HSET", "test:rate:login:a", "tokens", "nan", "at", "0"});
  EXPECT_TRUE(first_.take("login", "a")->allowed);
}

}  // namespace
}  // namespace sovereign::registry
