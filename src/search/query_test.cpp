#include "search/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "search/limits.hpp"
#include "search/query_words.hpp"
#include "search/random_corpus.hpp"

namespace sovereign::search {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> folded(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& word : query_words(text)) out.push_back(word.folded);
  return out;
}

TEST(QueryWords, LeaveStopWordsOutUnlessThereIsNothingElse) {
  EXPECT_THAT(folded("Run code in a container"), ElementsAre("run", "code", "container"));
  EXPECT_THAT(folded("the who"), ElementsAre("the", "who"));
  EXPECT_THAT(folded("?!"), IsEmpty());
}

TEST(QueryWords, AreDistinctAndRememberTheirPlaces) {
  const auto words = query_words("mail to Mail server");
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[1].folded, "server");
  EXPECT_EQ(words[1].position, 3U);
  EXPECT_TRUE(words[1].last);
}

TEST(QueryWords, KeepTheWritingAndKnowTheParts) {
  const auto words = query_words("OpenWeather c++ ");
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(words[0].written, "OpenWeather");
  EXPECT_THAT(words[0].parts, ElementsAre("open", "weather"));
  EXPECT_EQ(words[1].folded, "c++");
  EXPECT_FALSE(words[1].last) << "a space behind it says that the word is finished";
}

TEST(QueryWords, AreBounded) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "w" + std::to_string(i) + " ";
  EXPECT_EQ(query_words(text).size(), limits::query_words);
}

std::string rejected_at(const Query& query) {
  const auto valid = validate(query, testing::small_schema());
  return valid ? "" : valid.error().fields.at(0).pointer;
}

Filter nested(std::size_t depth) {
  Filter filter;
  for (std::size_t i = 1; i < depth; ++i) filter = {NoneOf{{filter}}};
  return filter;
}

TEST(Validate, BoundsTextPageFacetsAndFilter) {
  EXPECT_EQ(rejected_at({}), "");
  EXPECT_EQ(rejected_at({.text = std::string(limits::query_text_bytes + 1, 'x')}), "/text");
  EXPECT_EQ(rejected_at({.limit = limits::page_hits + 1}), "/limit");
  EXPECT_EQ(rejected_at({.facets = {2}}), "/facets");
  EXPECT_EQ(rejected_at({.facet_limit = limits::facet_values + 1}), "/facets");
  EXPECT_EQ(rejected_at({.filter = nested(limits::filter_depth)}), "");
  EXPECT_EQ(rejected_at({.filter = nested(limits::filter_depth + 1)}), "/filter");
  EXPECT_EQ(rejected_at({.filter = {AnyOf{std::vector<Filter>(limits::filter_nodes)}}}), "/filter");
}

TEST(Validate, KnowsTheFields) {
  EXPECT_EQ(rejected_at({.filter = {HasTerm{2, "x"}}}), "/filter");
  EXPECT_EQ(rejected_at({.filter = {InRange{2, 0, 1}}}), "/filter");
  EXPECT_EQ(rejected_at({.filter = {InRange{0, std::nan(""), 1}}}), "/filter");
  EXPECT_EQ(rejected_at({.sort = {.by = Sort::By::number, .field = 2}}), "/sort");
}

TEST(Validate, WantsAPositionOfTheSameOrder) {
  const Sort by_name{.by = Sort::By::name};
  EXPECT_EQ(rejected_at({.sort = by_name, .after = Position{"x", {}}}), "");
  EXPECT_EQ(rejected_at({.sort = by_name, .after = Position{1.0, {}}}), "/after");
  EXPECT_EQ(rejected_at({.text = "mail", .after = Position{1.0, {}}}), "/after");
  EXPECT_EQ(rejected_at({.text = "mail", .after = Position{Rank{3}, {}}}), "");
  EXPECT_EQ(rejected_at({.after = Position{1.0, {}}}), "") << "no words: by the first number";
}

}  // namespace
}  // namespace sovereign::search
