#include "search/stemmer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/term_dictionary.hpp"

namespace sovereign::search {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(StemCache, GivesEnglishStemsAndRemembersThem) {
  StemCache stems;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(stems.stem("running"), "run");
    EXPECT_EQ(stems.stem("happiness"), "happi");
    EXPECT_EQ(stems.stem("happy"), "happi");
    EXPECT_EQ(stems.stem("hoping"), "hope");
    EXPECT_EQ(stems.stem("dying"), "die");
  }
}

TEST(StemCache, LeavesWordsOfOtherScriptsAndDigitsAlone) {
  StemCache stems;
  EXPECT_EQ(stems.stem("v2s"), "v2s");
  EXPECT_EQ(stems.stem("\u0441\u0442\u043e\u043b\u044b"), "\u0441\u0442\u043e\u043b\u044b");
  EXPECT_EQ(stems.stem("as"), "as");
}

TEST(TermDictionary, FindsAllFormsOfAStem) {
  StemCache stems;
  StringTable terms;
  std::vector<StemForm> forms;
  for (const auto* word : {"happiest", "happiness", "happy", "hop", "hope", "hoping", "hops", "run",
                           "runner", "running", "runs"}) {
    terms.push_back(word);
    forms.push_back(stems.form(word));
  }
  const TermDictionary dictionary(std::move(terms), std::move(forms));
  EXPECT_THAT(dictionary.with_stem("happi"), ElementsAre(1, 2));
  EXPECT_THAT(dictionary.with_stem("hope"), ElementsAre(4, 5));
  EXPECT_THAT(dictionary.with_stem("hop"), ElementsAre(3, 6));
  EXPECT_THAT(dictionary.with_stem("run"), ElementsAre(7, 9, 10));
  EXPECT_THAT(dictionary.with_stem("ru"), IsEmpty());
}

}  // namespace
}  // namespace sovereign::search
