#include "search/overlay.hpp"

#include <gtest/gtest.h>

#include "search/index.hpp"

namespace sovereign::search {
namespace {

const Schema kSchema{.text = {{.name = "name", .kind = TextKind::identifier}},
                     .keywords = {"tags"},
                     .numbers = {"created"}};

Document document(std::uint8_t key, std::string name, double created) {
  Document made{.text = {name}, .keywords = {{"t"}}, .numbers = {created}, .sort_name = name};
  made.key.bytes[15] = key;
  made.payload = std::make_shared<const std::string>(std::move(name));
  return made;
}

std::vector<std::string> names(const Snapshot& snapshot, Query query) {
  EXPECT_TRUE(validate(query, kSchema));
  std::vector<std::string> found;
  for (const auto& hit : snapshot.search(query).hits) {
    found.push_back(*static_cast<const std::string*>(hit.payload.get()));
  }
  return found;
}

class OverlayTest : public testing::Test {
 protected:
  OverlayTest() {
    const std::vector<Change> changes = {document(1, "weather bot", 1), document(2, "ledger", 2)};
    index.apply(changes);
  }
  std::shared_ptr<const Segment> segment(std::vector<Document> documents) const {
    return make_segment(index.schema(), documents);
  }

  Index index{kSchema};
};

TEST_F(OverlayTest, RanksBothAsOneWithExactTotalsAndFacets) {
  const std::vector segments = {segment({document(3, "weather", 3), document(4, "poet", 4)}),
                                segment({document(5, "weather station of the north", 5)})};
  const auto all = overlay(index.schema(), *index.snapshot(), segments);
  EXPECT_EQ(all->size(), 5U);
  EXPECT_EQ(names(*all, {.text = "weather"}),
            (std::vector<std::string>{"weather", "weather bot", "weather station of the north"}));
  EXPECT_EQ(names(*all, {}), (std::vector<std::string>{"weather station of the north", "poet",
                                                       "weather", "ledger", "weather bot"}));
  const auto answer = all->search({.facets = {0}});
  EXPECT_EQ(answer.total, 5U);
  EXPECT_EQ(answer.facets.at(0).values.at(0).count, 5U);
  EXPECT_EQ(index.snapshot()->size(), 2U);
}

TEST_F(OverlayTest, ADocumentThatIsThereAlreadyWinsOverLaterOnes) {
  const std::vector segments = {segment({document(1, "impostor", 9), document(3, "first", 3)}),
                                segment({document(3, "second", 8), document(6, "new", 7)})};
  const auto all = overlay(index.schema(), *index.snapshot(), segments);
  EXPECT_EQ(names(*all, {}), (std::vector<std::string>{"new", "first", "ledger", "weather bot"}));
  EXPECT_EQ(names(*all, {.text = "impostor"}), std::vector<std::string>{});
}

TEST_F(OverlayTest, WhatIsBelowMayBeHiddenAndStillWins) {
  const std::vector segments = {segment({document(1, "impostor", 9), document(3, "first", 3)})};
  const auto above = overlay(index.schema(), *index.snapshot(), segments, Below::hidden);
  EXPECT_EQ(names(*above, {}), std::vector<std::string>{"first"});
}

TEST_F(OverlayTest, StandsOverAnEmptyIndex) {
  const Index empty(kSchema);
  const std::vector segments = {segment({document(3, "weather", 3)})};
  const auto all = overlay(empty.schema(), *empty.snapshot(), segments);
  EXPECT_EQ(names(*all, {.text = "weather"}), std::vector<std::string>{"weather"});
  EXPECT_EQ(make_segment(empty.schema(), {}), nullptr);
}

}  // namespace
}  // namespace sovereign::search
