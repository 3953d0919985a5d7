// What a person expects to come first, on small corpora.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "search/index.hpp"
#include "search/random_corpus.hpp"

namespace sovereign::search {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Documents 0, 1, 2 ... of name and description, with company that makes words common or rare.
class Ranking : public ::testing::Test {
 protected:
  void given(std::vector<std::pair<std::string, std::string>> documents) {
    std::vector<Change> changes;
    for (std::uint32_t i = 0; i < documents.size(); ++i) {
      auto& [name, description] = documents[i];
      changes.emplace_back(Document{.key = testing::key_of(i),
                                    .text = {name, "", description},
                                    .keywords = {},
                                    .numbers = {static_cast<double>(i)},
                                    .sort_name = name,
                                    .payload = nullptr});
    }
    index_.apply(changes);
  }

  Answer search(std::string text) {
    return index_.snapshot()->search({.text = std::move(text), .filter = {}, .sort = {}});
  }

  std::vector<std::uint32_t> find(std::string text) {
    std::vector<std::uint32_t> numbers;
    for (const auto& hit : search(std::move(text)).hits) {
      numbers.push_back(testing::number_of(hit.key));
    }
    return numbers;
  }

  Index index_{testing::small_schema()};
};

TEST_F(Ranking, PutsTheNameBeforeTheDescription) {
  given({{"Toolbox", "talks to mysql and more"}, {"Mysql Server", "a database"}, {"Mail", ""}});
  EXPECT_THAT(find("mysql"), ElementsAre(1, 0));
}

TEST_F(Ranking, PutsTheNameThatIsJustThatFirst) {
  given({{"Redis Cloud Analytics Suite", ""}, {"Redis", ""}, {"Redis Cloud", ""}});
  EXPECT_THAT(find("redis"), ElementsAre(1, 2, 0));
  EXPECT_EQ(find("redis cloud").front(), 2U);
}

TEST_F(Ranking, PrefersWordsTogetherInTheirOrder) {
  given({{"A", "bank of the world and other things"},
         {"B", "world wide money for any bank"},
         {"C", "the world bank in numbers here"}});
  EXPECT_THAT(find("world bank"), ElementsAre(2, _, _));
}

TEST_F(Ranking, PrefersTheWordAsWrittenToOtherForms) {
  given({{"A", "it runs code"}, {"B", "it can run code"}});
  EXPECT_THAT(find("run"), ElementsAre(1, 0));
  const auto answer = search("run");
  EXPECT_EQ(answer.hits[0].matched.at(0).kind, MatchKind::exact);
  EXPECT_EQ(answer.hits[1].matched.at(0).kind, MatchKind::stem);
}

TEST_F(Ranking, WeighsRareWordsMoreAndWantsThreeTenthsOfTheInformation) {
  given({{"A", "server"},
         {"B", "server"},
         {"C", "server"},
         {"D", "server"},
         {"E", "mysql server"},
         {"F", "mysql"},
         {"G", "server"},
         {"H", "server"}});
  EXPECT_THAT(find("mysql server"), ElementsAre(4, 5)) << "server alone says too little";
}

TEST_F(Ranking, IgnoresWordsThatNobodyHas) {
  given({{"Weather", ""}, {"Mail", ""}});
  EXPECT_THAT(find("xylophonic weather"), ElementsAre(0));
  EXPECT_THAT(find("xylophonic"), IsEmpty());
}

TEST_F(Ranking, ForgivesOneTypingErrorInLongWords) {
  given({{"Weather", ""}, {"Mail", ""}, {"Data", ""}});
  for (const auto* text : {"wether", "weathre", "weatherr", "weqther"}) {
    const auto answer = search(text);
    ASSERT_EQ(answer.total, 1U) << text;
    EXPECT_EQ(answer.hits[0].matched.at(0).kind, MatchKind::typo);
    EXPECT_EQ(answer.hits[0].matched.at(0).indexed, "weather");
    EXPECT_EQ(answer.hits[0].matched.at(0).term, text);
  }
  EXPECT_THAT(find("mial"), IsEmpty()) << "shorter than five letters";
}

TEST_F(Ranking, TakesTheLastWordAsPossiblyUnfinished) {
  given({{"Kubernetes", ""}, {"Mail", ""}, {"Kube Mail", ""}});
  EXPECT_THAT(find("kub"), UnorderedElementsAre(0, 2));
  EXPECT_EQ(find("kube").front(), 2U) << "the whole word is better than a beginning";
  EXPECT_THAT(find("kub mail"), ElementsAre(1, 2)) << "only the last word is unfinished";
  EXPECT_THAT(find("kub "), IsEmpty());
}

TEST_F(Ranking, FindsWordsWithinNames) {
  given(
      {{"openweather", ""}, {"OpenStreetMap", ""}, {"mcp-server-mysql", ""}, {"click-house", ""}});
  EXPECT_THAT(find("weather"), ElementsAre(0));
  EXPECT_THAT(find("street"), ElementsAre(1));
  EXPECT_THAT(find("openstreetmap"), ElementsAre(1));
  EXPECT_THAT(find("mysql"), ElementsAre(2));
  EXPECT_THAT(find("clickhouse"), ElementsAre(3));
}

TEST_F(Ranking, JoinsWordsThatTheUserWroteApart) {
  given({{"clickhouse", ""}, {"House", ""}, {"Mail", ""}});
  EXPECT_EQ(find("click house").front(), 0U);
}

TEST_F(Ranking, FallsBackToThePartsOfAnUnknownCompound) {
  given({{"Weather", "open data"}, {"Mail", ""}});
  EXPECT_THAT(find("OpenWeather"), ElementsAre(0));
}

TEST_F(Ranking, SearchesStopWordsWhenThereAreOnlySuch) {
  given({{"The Who", ""}, {"Mail", "for the people"}});
  EXPECT_EQ(find("the who").front(), 0U);
}

TEST_F(Ranking, ExplainsFieldWordAndKind) {
  given({{"Mysql", "a mysql client that runs"}});
  std::vector<std::tuple<std::size_t, std::string, std::string, MatchKind>> matched;
  for (const auto& match : search("MySQL run").hits.at(0).matched) {
    matched.emplace_back(match.field, match.term, match.indexed, match.kind);
  }
  EXPECT_THAT(matched, ElementsAre(std::tuple(0, "MySQL", "mysql", MatchKind::exact),
                                   std::tuple(2, "MySQL", "mysql", MatchKind::exact),
                                   std::tuple(2, "run", "runs", MatchKind::stem)));
}

TEST_F(Ranking, ListsTheNewestFirstWithoutWords) {
  given({{"A", ""}, {"B", ""}, {"C", ""}});
  EXPECT_THAT(find(""), ElementsAre(2, 1, 0));
}

TEST_F(Ranking, ScoresDoNotDependOnSegments) {
  given({{"Mysql Server", "a database"}, {"Mail", "not mysql"}, {"Data", "mysql mysql"}});
  const auto before = search("mysql");
  Index one_by_one(testing::small_schema());
  for (std::uint32_t i = 0; i < 3; ++i) {
    const std::vector<std::string> names = {"Mysql Server", "Mail", "Data"};
    const std::vector<std::string> texts = {"a database", "not mysql", "mysql mysql"};
    const Change change = Document{.key = testing::key_of(i), .text = {names[i], "", texts[i]}};
    one_by_one.apply({&change, 1});
  }
  ASSERT_GT(one_by_one.snapshot()->segments().size(), 1U);
  const auto after = one_by_one.snapshot()->search({.text = "mysql"});
  ASSERT_EQ(after.hits.size(), before.hits.size());
  EXPECT_EQ(after.total, before.total);
  for (std::size_t i = 0; i < after.hits.size(); ++i)
    EXPECT_EQ(after.hits[i].key, before.hits[i].key);
}

}  // namespace
}  // namespace sovereign::search
