#include "cache/redis_slots.hpp"

#include <gtest/gtest.h>

namespace sovereign::cache {
namespace {

using Kind = Reply::Kind;

Reply number(std::int64_t value) { return {.kind = Kind::integer, .integer = value}; }
Reply text(std::string value) { return {.kind = Kind::text, .text = std::move(value)}; }
Reply array(std::vector<Reply> items) { return {.kind = Kind::array, .items = std::move(items)}; }
Reply error(std::string value) { return {.kind = Kind::error, .text = std::move(value)}; }
Reply range(std::int64_t first, std::int64_t last, Reply host, std::int64_t port) {
  return array({number(first), number(last), array({std::move(host), number(port), text("id")})});
}

const RedisNode kAsked{"10.0.0.9", 7000};

TEST(SlotOf, IsTheSpecificationsChecksum) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3 % kSlots);
  EXPECT_EQ(slot_of(""), 0);
}

TEST(SlotOf, CountsOnlyWhatTheFirstBracesHold) {
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar"));
  EXPECT_NE(slot_of("foo{bar"), slot_of("bar"));
}

TEST(RedirectionOf, ReadsMovedAndAsk) {
  EXPECT_EQ(redirection_of(error("MOVED 3999 127.0.0.1:6381")),
            (Redirection{Redirection::Kind::moved, 3999, {"127.0.0.1", 6381}}));
  EXPECT_EQ(redirection_of(error("ASK 1 2001:db8::1:6381")),
            (Redirection{Redirection::Kind::ask, 1, {"2001:db8::1", 6381}}));
  EXPECT_EQ(redirection_of(error("MOVED 7 :6381")),
            (Redirection{Redirection::Kind::moved, 7, {"", 6381}}));
}

TEST(RedirectionOf, IsNothingForAnythingElse) {
  for (const char* reply : {"", "MOVED", "MOVED ", "MOVED x a:1", "MOVED 1", "MOVED 1 ",
                            "MOVED 1 a", "MOVED 1 a:", "MOVED 1 a:0", "MOVED 16384 a:1",
                            "MOVED 1 a:65536", "MOVEDX 1 a:1", "ERR MOVED 1 a:1"}) {
    EXPECT_FALSE(redirection_of(error(reply))) << reply;
  }
  EXPECT_FALSE(redirection_of(text("MOVED 1 a:1")));
}

TEST(SlotMap, KnowsTheMasterOfEachSlot) {
  auto map = SlotMap::read(array({range(0, 99, text("10.0.0.1"), 1), range(100, 200, Reply{}, 2),
                                  range(201, 201, text(""), 2)}),
                           kAsked);
  ASSERT_TRUE(map);
  EXPECT_EQ(*map->node_of(99), (RedisNode{"10.0.0.1", 1}));
  EXPECT_EQ(*map->node_of(100), (RedisNode{"10.0.0.9", 2}));
  EXPECT_EQ(*map->node_of(201), (RedisNode{"10.0.0.9", 2}));
  EXPECT_EQ(map->node_of(202), nullptr);
  EXPECT_EQ(map->nodes().size(), 2U);
  map->move(202, {"10.0.0.3", 3});
  EXPECT_EQ(*map->node_of(202), (RedisNode{"10.0.0.3", 3}));
}

TEST(SlotMap, IsNotMadeFromAnythingElse) {
  EXPECT_FALSE(SlotMap::read(error("ERR This instance has cluster support disabled"), kAsked));
  EXPECT_FALSE(SlotMap::read(array({number(1)}), kAsked));
  EXPECT_FALSE(SlotMap::read(array({range(5, 4, text("a"), 1)}), kAsked));
  EXPECT_FALSE(SlotMap::read(array({range(0, 16384, text("a"), 1)}), kAsked));
  EXPECT_FALSE(SlotMap::read(array({range(-1, 4, text("a"), 1)}), kAsked));
  EXPECT_FALSE(SlotMap::read(array({range(0, 4, text("a"), 0)}), kAsked));
  EXPECT_FALSE(SlotMap::read(array({array({number(1), number(2), text("a")})}), kAsked));
}

TEST(SlotMap, HoldsNoMoreNodesThanItsLimit) {
  std::vector<Reply> rows;
  for (std::int64_t i = 0; i <= static_cast<std::int64_t>(SlotMap::kMaxNodes); ++i)
    rows.push_back(range(i, i, text("a"), i + 1));
  EXPECT_FALSE(SlotMap::read(array(rows), kAsked));
  rows.pop_back();
  EXPECT_TRUE(SlotMap::read(array(rows), kAsked));
}

}  // namespace
}  // namespace sovereign::cache
