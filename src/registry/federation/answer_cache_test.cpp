#include "registry/federation/answer_cache.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

AnswerCache::Entry entry(std::size_t bytes = 1) {
  return {.answer = std::make_shared<const PeerAnswer>(PeerAnswer{.bytes = bytes}), .received = {}};
}

TEST(AnswerCache, ForgetsTheLeastRecentlyUsedFirst) {
  AnswerCache cache({.entries = 2, .bytes = 100});
  cache.put("a", entry());
  cache.put("b", entry());
  EXPECT_TRUE(cache.find("a"));
  cache.put("c", entry());
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_TRUE(cache.find("c"));
}

TEST(AnswerCache, BoundsTheBytesOfAllAnswers) {
  AnswerCache cache({.entries = 100, .bytes = 100});
  for (const char* key : {"a", "b", "c"}) cache.put(key, entry(40));
  EXPECT_EQ(cache.size(), 2U);
  cache.put("b", entry(10));
  cache.put("d", entry(40));
  EXPECT_EQ(cache.size(), 3U);
  cache.put("huge", entry(1'000));
  EXPECT_EQ(cache.size(), 1U);
}

TEST(AnswerCache, OneRefreshesWhileOthersTakeTheOldAnswer) {
  AnswerCache cache;
  EXPECT_FALSE(cache.begin_refresh("a"));
  cache.put("a", entry());
  EXPECT_TRUE(cache.begin_refresh("a"));
  EXPECT_FALSE(cache.begin_refresh("a"));
  cache.refresh_failed("a");
  EXPECT_TRUE(cache.begin_refresh("a"));
  cache.put("a", entry());
  EXPECT_TRUE(cache.begin_refresh("a"));
}

}  // namespace
}  // namespace sovereign::registry
