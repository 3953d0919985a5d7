#include "search/string_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sovereign::search {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

StringTable table() {
  StringTable out;
  for (const auto* word : {"", "a", "ab", "abcdefgh", "abcdefgha", "abcdefghb", "b", "\u0436"}) {
    out.push_back(word);
  }
  return out;
}

TEST(StringTable, FindsEachStringAndNoOther) {
  const auto strings = table();
  for (std::uint32_t i = 0; i < strings.size(); ++i) EXPECT_EQ(strings.find(strings[i]), i);
  EXPECT_EQ(strings.find("abcdefghaa"), std::nullopt);
  EXPECT_EQ(strings.find("zz"), std::nullopt);
}

TEST(StringTable, GivesTheRangeOfAPrefix) {
  const auto strings = table();
  EXPECT_THAT(strings.with_prefix("ab"), Pair(2, 6));
  EXPECT_THAT(strings.with_prefix("abcdefgha"), Pair(4, 5));
  EXPECT_THAT(strings.with_prefix("c"), Pair(7, 7));
  EXPECT_THAT(strings.with_prefix("\u0436"), Pair(7, 8));
}

TEST(Interner, NumbersStringsByFirstAppearance) {
  Interner interner;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(interner.intern(std::to_string(i)), i);
  }
  EXPECT_EQ(interner.size(), 1000U);
}

TEST(SortedOrder, IsStableAndByBytes) {
  StringList list;
  for (const auto* word : {"longer than eight b", "b", "longer than eight a", "", "b"}) {
    list.push_back(word);
  }
  EXPECT_THAT(sorted_order(list), ElementsAre(3, 1, 4, 2, 0));
}

}  // namespace
}  // namespace sovereign::search
