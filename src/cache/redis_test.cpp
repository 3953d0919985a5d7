// The client against real servers: that they are lost, slow, guarded, found again.
#include "cache/redis.hpp"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "cache/redis_fixture_test.hpp"

namespace sovereign::cache {
namespace {

using Listen = PrivateRedis::Listen;

TEST(Redis, AnswersCommandsOfManyThreadsInAnyOrder) {
  Client client(PrivateRedis::shared().url());
  client.start();
  std::atomic<int> right = 0;
  std::latch answered(4);
  // Their loops outlive the client's last touch.
  std::latch stopped(1);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      std::vector<Task<Reply>> calls;
      for (int i = 0; i < 100; ++i) {
        RedisCommand command{.words = {"ECHO", std::to_string(thread * 1000 + i)}, .limit = 10s};
        calls.push_back(client.redis->call(std::move(command)));
      }
      const auto replies = support::await_all(std::move(calls));
      for (int i = 0; i < 100; ++i) {
        const auto& reply = replies[static_cast<std::size_t>(i)];
        if (reply && reply->text == std::to_string(thread * 1000 + i)) ++right;
      }
      answered.count_down();
      stopped.wait();
    });
  }
  answered.wait();
  client.redis->stop();
  stopped.count_down();
  EXPECT_EQ(right, 400);
  EXPECT_EQ(client.observer.completions, 400);
}

TEST(Redis, RunsScriptsThatTheServerForgot) {
  static constexpr RedisScript kScript{"return redis.call('INCR', KEYS[1])"};
  auto& server = PrivateRedis::shared();
  Client client(server.url(), {&kScript});
  client.start();
  server.ask({"DEL", "counter"});
  EXPECT_EQ(client.run(kScript, "counter")->integer, 1);
  server.ask({"SCRIPT", "FLUSH"});
  EXPECT_EQ(client.run(kScript, "counter")->integer, 2);
  EXPECT_EQ(client.run(kScript, "counter")->integer, 3);
}

TEST(Redis, TellsWhatIsRefusedByItsCodeOnly) {
  Client client(PrivateRedis::shared().url());
  client.start();
  const auto reply = client.call({"NO-SUCH-COMMAND", "hunter2"});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::unavailable);
  EXPECT_EQ(reply.error().context, "redis: refused: ERR");
  EXPECT_EQ(client.observer.events(), (std::vector<std::string>{"available", "ERR"}));
}

TEST(Redis, SignsInAndChoosesItsDatabase) {
  const PrivateRedis server(Listen::unix_socket, {"--requirepass", "hunter2"});
  for (const char* wrong : {"", ":wrong@", "ada:hunter2@"}) {
    Client client(server.url(wrong));
    client.start();
    EXPECT_FALSE(client.redis->is_available());
    const auto events = client.observer.events();
    ASSERT_FALSE(events.empty());
    EXPECT_TRUE(events[0] == "away: PING: NOAUTH" || events[0] == "away: AUTH: WRONGPASS")
        << events[0];
  }
  Client client(server.url(":hunter2@") + "?db=3");
  client.start();
  ASSERT_TRUE(client.call({"SET", "key", "value"}));
  EXPECT_EQ(server.ask({"-a", "hunter2", "--no-auth-warning", "-n", "3", "GET", "key"}), "value");
}

TEST(Redis, SpeaksTlsToWhoProvesItsName) {
  const PrivateRedis server(Listen::tls);
  Client client(server.url());
  client.start();
  EXPECT_EQ(client.call({"ECHO", "hello"})->text, "hello");

  auto other_name = server.url();
  other_name.replace(other_name.find("localhost"), 9, "127.0.0.1");
  Client suspicious(other_name);
  suspicious.start();
  EXPECT_FALSE(suspicious.redis->is_available());
  const auto untrusted = server.url();
  Client untrusting(untrusted.substr(0, untrusted.find('?')));
  untrusting.start();
  EXPECT_FALSE(untrusting.redis->is_available());
  EXPECT_TRUE(untrusting.observer.events().at(0).starts_with("away: TLS: "));
}

TEST(Redis, SaysThatCertificatesCannotBeRead) {
  RecordingObserver observer;
  FixedRandom random;
  const auto made = Redis::make({*parse_redis_url("rediss://cache?ssl_ca_certs=/no/such/file")},
                                observer, random);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::malformed);
}

TEST(Redis, RefusesAtOnceWhileAwayAndComesBackByItself) {
  PrivateRedis server;
  Client client(server.url());
  client.start();
  ASSERT_TRUE(client.call({"PING"}));
  server.crash();
  ASSERT_TRUE(wait_until([&] { return !client.redis->is_available(); }));
  const auto before = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) {
    const auto refused = client.call({"PING"});
    ASSERT_EQ(refused.error().code, ErrorCode::unavailable);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  server.start();
  ASSERT_TRUE(wait_until([&] { return client.redis->is_available(); }));
  EXPECT_TRUE(client.call({"PING"}));
}

TEST(Redis, IsAwayFromTheStartWhenNobodyAnswersAndFoundLater) {
  PrivateRedis server(Listen::tcp);
  server.crash();
  Client client(server.url());
  client.start();
  EXPECT_FALSE(client.redis->is_available());
  ASSERT_EQ(client.observer.events().size(), 1U);
  EXPECT_TRUE(client.observer.events()[0].starts_with("away: connect: "));
  server.start();
  EXPECT_TRUE(wait_until([&] { return client.redis->is_available(); }));
}

TEST(Redis, TriesEveryServerOfTheUrl) {
  PrivateRedis gone(Listen::tcp);
  gone.crash();
  const PrivateRedis server(Listen::tcp);
  Client client(gone.url() + ",127.0.0.1:" + std::to_string(server.port()));
  client.start();
  EXPECT_TRUE(wait_until([&] { return client.redis->is_available(); }));
}

TEST(Redis, GivesUpACommandAtItsLimitAndAServerThatStaysSilent) {
  PrivateRedis server;
  Client client(server.url());
  client.start();
  server.freeze();
  const auto before = std::chrono::steady_clock::now();
  const auto late = client.call({"PING"}, {}, 50ms);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timed_out);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 50ms);
  EXPECT_TRUE(wait_until([&] { return !client.redis->is_available(); }));
  server.thaw();
  EXPECT_TRUE(wait_until([&] { return client.redis->is_available(); }));
  // The answer to the command that was given up is not taken for another's.
  EXPECT_EQ(client.call({"ECHO", "fresh"})->text, "fresh");
}

TEST(Redis, FailsWhatIsUnderWayWhenItStops) {
  PrivateRedis server;
  Client client(server.url());
  client.start();
  server.freeze();
  const std::jthread stopper([&] { client.redis->stop(); });
  // Whether it comes before the stop or after it.
  EXPECT_EQ(client.call({"PING"}, {}, 60s).error().code, ErrorCode::unavailable);
  EXPECT_EQ(client.call({"PING"}).error().code, ErrorCode::unavailable);
}

TEST(Redis, SubscribesAgainAfterItsServerWasAway) {
  PrivateRedis server;
  Client client(server.url());
  std::atomic<int> heard = 0;
  client.redis->subscribe("news", [&](std::string_view) { ++heard; });
  client.start();
  ASSERT_TRUE(wait_until([&] { return client.redis->is_subscribed(); }));
  client.redis->post({.words = {"PUBLISH", "news", "one"}});
  ASSERT_TRUE(wait_until([&] { return heard == 1; }));
  server.crash();
  ASSERT_TRUE(wait_until([&] { return !client.redis->is_subscribed(); }));
  client.redis->post({.words = {"PUBLISH", "news", "lost"}});
  server.start();
  ASSERT_TRUE(
      wait_until([&] { return client.redis->is_subscribed() && client.redis->is_available(); }));
  client.redis->post({.words = {"PUBLISH", "news", "two"}});
  EXPECT_TRUE(wait_until([&] { return heard == 2; }));
}

}  // namespace
}  // namespace sovereign::cache
