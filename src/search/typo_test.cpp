#include "search/typo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "search/suffix_finder.hpp"

namespace sovereign::search {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

StringTable table(std::initializer_list<const char*> ascending) {
  StringTable out;
  for (const auto* word : ascending) out.push_back(word);
  return out;
}

// Large enough for the finders to keep an index.
StringTable large_table(std::initializer_list<const char*> more) {
  std::set<std::string> words(more.begin(), more.end());
  for (char a = 'a'; a <= 'h'; ++a) {
    for (char b = 'a'; b <= 'h'; ++b) {
      for (const auto* stem : {"lement", "otion", "xyz", "ountains", "a"}) {
        words.insert(std::string{a, b} + stem);
      }
    }
  }
  StringTable out;
  for (const auto& word : words) out.push_back(word);
  return out;
}

TEST(Typo, IsOneLetterMoreLessOrOtherOrTwoSwapped) {
  EXPECT_TRUE(one_typo_apart("wether", "weather"));
  EXPECT_TRUE(one_typo_apart("weatherr", "weather"));
  EXPECT_TRUE(one_typo_apart("westher", "weather"));
  EXPECT_TRUE(one_typo_apart("weatger", "weather"));
  EXPECT_TRUE(one_typo_apart("waether", "weather"));
  EXPECT_TRUE(one_typo_apart("caf\u00e9s", "cafes"));
  EXPECT_FALSE(one_typo_apart("weather", "weather"));
  EXPECT_FALSE(one_typo_apart("", ""));
  EXPECT_FALSE(one_typo_apart("wthear", "weather"));
}

TEST(TypoFinder, AgreesWithComparingEveryWord) {
  const auto few = {"base", "bet", "case", "cast", "caste", "cats", "chase", "coast", "xcast"};
  for (const auto& words : {table(few), large_table(few)}) {
    const TypoFinder finder(words);
    for (const auto* word : {"cast", "csat", "caste", "oast", "beat", "zzzzz", "chasee", "ablemnet",
                             "belement", "caotion", "ddxyz"}) {
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < words.size(); ++i) {
        if (words[i].size() >= 4 && one_typo_apart(words[i], word)) expected.push_back(i);
      }
      EXPECT_EQ(finder.find(words, word), expected) << word;
    }
  }
}

TEST(SuffixFinder, AgreesWithLookingAtEveryWord) {
  const auto words = large_table({"mcpweather", "openweather", "supermountains", "opinions"});
  const SuffixFinder finder(words);
  for (const auto* suffix : {"weather", "mountains", "untains", "lement", "ement", "inions"}) {
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < words.size(); ++i) {
      if (words[i].ends_with(suffix) && words[i].size() >= std::string_view(suffix).size() + 3) {
        expected.push_back(i);
      }
    }
    EXPECT_EQ(finder.find(words, suffix), expected) << suffix;
  }
}

TEST(SuffixFinder, FindsLongerWordsByTheirEnd) {
  const auto words =
      table({"forecast", "mcpweather", "openweather", "opinions", "weather", "xxkubernetes"});
  const SuffixFinder finder(words);
  EXPECT_THAT(finder.find(words, "weather"), ElementsAre(1, 2));
  EXPECT_THAT(finder.find(words, "kubernetes"), IsEmpty()) << "two letters before it are too few";
  EXPECT_THAT(finder.find(words, "cast"), IsEmpty()) << "shorter than five letters";
}

}  // namespace
}  // namespace sovereign::search
