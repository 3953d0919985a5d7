// The client against a real cluster of three.
#include <gtest/gtest.h>

#include <array>

#include "cache/redis_fixture_test.hpp"
#include "cache/redis_slots.hpp"

namespace sovereign::cache {
namespace {

/// Three masters with a third of the slots each.
class RedisCluster : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (auto& node : nodes_)
      node = std::make_unique<PrivateRedis>(PrivateRedis::Listen::cluster_node);
    const char* const bounds[] = {"0", "5460", "5461", "10922", "10923", "16383"};
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      nodes_[i]->ask({"CLUSTER", "ADDSLOTSRANGE", bounds[2 * i], bounds[2 * i + 1]});
    for (std::size_t i = 1; i < nodes_.size(); ++i) {
      nodes_[0]->ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(nodes_[i]->port()),
                      std::to_string(nodes_[i]->bus_port())});
    }
    for (const auto& node : nodes_) {
      ASSERT_TRUE(wait_until([&] {
        return node->ask({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos;
      }));
    }
  }
  static void TearDownTestSuite() {
    for (auto& node : nodes_) node.reset();
  }

  static std::string id_of(std::size_t node) { return nodes_[node]->ask({"CLUSTER", "MYID"}); }
  static void set_slot(std::size_t at, std::uint16_t slot, const char* what, std::size_t node) {
    nodes_[at]->ask({"CLUSTER", "SETSLOT", std::to_string(slot), what, id_of(node)});
  }

  static inline std::array<std::unique_ptr<PrivateRedis>, 3> nodes_;
};

TEST_F(RedisCluster, FindsTheNodeOfEachKey) {
  Client client(nodes_[1]->url());
  client.start();
  for (int i = 0; i < 60; ++i) {
    const auto key = "key" + std::to_string(i);
    ASSERT_TRUE(client.call({"SET", key, key}, key)) << i;
    EXPECT_EQ(client.call({"GET", key}, key)->text, key);
  }
  for (const auto& node : nodes_) EXPECT_GT(std::stoi(node->ask({"DBSIZE"})), 5);
}

TEST_F(RedisCluster, RunsScriptsAtEveryNode) {
  static constexpr RedisScript kScript{"return redis.call('INCR', KEYS[1])"};
  Client client(nodes_[0]->url(), {&kScript});
  client.start();
  for (int i = 0; i < 30; ++i) {
    const auto reply = client.run(kScript, "count" + std::to_string(i));
    ASSERT_TRUE(reply) << reply.error().context;
    EXPECT_EQ(reply->integer, 1);
  }
}

TEST_F(RedisCluster, FollowsASlotWhileItMovesAndAfter) {
  Client client(nodes_[0]->url());
  client.start();
  const std::string key = "{moving}key";
  const auto slot = slot_of(key);
  const std::size_t from = slot <= 5460 ? 0 : slot <= 10922 ? 1 : 2;
  const std::size_t to = (from + 1) % 3;
  ASSERT_TRUE(client.call({"GET", key}, key));
  set_slot(to, slot, "IMPORTING", from);
  set_slot(from, slot, "MIGRATING", to);
  // Not there: the old node says ASK.
  ASSERT_TRUE(client.call({"SET", key, "value"}, key));
  EXPECT_EQ(nodes_[from]->ask({"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)}), "0");
  EXPECT_EQ(nodes_[to]->ask({"CLUSTER", "COUNTKEYSINSLOT", std::to_string(slot)}), "1");
  EXPECT_EQ(client.call({"GET", key}, key)->text, "value");
  set_slot(to, slot, "NODE", to);
  set_slot(from, slot, "NODE", to);
  // The old node says MOVED, once.
  EXPECT_EQ(client.call({"GET", key}, key)->text, "value");
  EXPECT_EQ(client.call({"GET", key}, key)->text, "value");
}

TEST_F(RedisCluster, PublishesToListenersAtEveryNode) {
  Client here(nodes_[0]->url());
  Client there(nodes_[2]->url());
  std::atomic<int> heard = 0;
  there.redis->subscribe("news", [&](std::string_view) { ++heard; });
  here.start();
  there.start();
  ASSERT_TRUE(wait_until([&] { return there.redis->is_subscribed(); }));
  here.redis->post({.words = {"PUBLISH", "news", "hello"}});
  EXPECT_TRUE(wait_until([&] { return heard == 1; }));
}

TEST_F(RedisCluster, GoesOnWithTheNodesThatAreLeft) {
  Client client(nodes_[0]->url());
  client.start();
  ASSERT_EQ(slot_of("foo") / 5461, 2);
  ASSERT_TRUE(client.call({"SET", "foo", "1"}, "foo"));
  nodes_[2]->crash();
  ASSERT_TRUE(wait_until([&] { return !client.call({"GET", "foo"}, "foo", 50ms).has_value(); }));
  EXPECT_TRUE(client.redis->is_available());
  nodes_[2]->start();
  EXPECT_TRUE(wait_until([&] { return client.call({"GET", "foo"}, "foo", 50ms).has_value(); }));
}

}  // namespace
}  // namespace sovereign::cache
