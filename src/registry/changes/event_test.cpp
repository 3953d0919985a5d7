#include "registry/changes/event.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "json/read.hpp"
#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

class ChangeEventTest : public testing::Test {
 protected:
  std::shared_ptr<const AgentRecord> record(AgentStatus status = AgentStatus::active) {
    agent.status = status;
    return std::make_shared<const AgentRecord>(make_record(agent, {.id = owner}, "https://r"));
  }
  ChangeEvent event(bool is_creation, AgentStatus status = AgentStatus::active) {
    return make_event({.position = 1, .agent = agent.id, .version = 4, .is_creation = is_creation},
                      record(status), "here");
  }

  support::SeededRandom random;
  const UserId owner = UserId::generate(random);
  Agent agent{.id = AgentId::generate(random),
              .name = "A",
              .agent_type = "Assistant",
              .developer_id = owner,
              .capabilities = {"NLP", "tides"},
              .human_readable_id = "a",
              .card = R"({"name":"the card"})",
              .version = 5};
};

TEST_F(ChangeEventTest, AnItemIsWhatItsTableSays) {
  std::string text;
  append_item(text, event(false), {});
  const auto item = json::read_text<ChangeItem>(text).value();
  EXPECT_EQ(item.cursor, "here");
  EXPECT_EQ(item.kind, ChangeKind::updated);
  EXPECT_EQ(item.id, agent.id);
  EXPECT_EQ(item.did, did_of(agent.id));
  EXPECT_EQ(item.version, 5);  // Of the document, which is newer than this change.
  EXPECT_EQ(item.agent->text, std::string(record()->item_without_brace()) + "}");
}

TEST_F(ChangeEventTest, TheCardComesWhenItIsIncluded) {
  std::string text;
  append_item(text, event(true), ChangeInclude::card);
  const auto item = json::parse(text).value();
  EXPECT_EQ(item.at("kind"), "created");
  EXPECT_EQ(item.at("agent").at("card").at("name"), "the card");
}

TEST_F(ChangeEventTest, OnlyPublicAgentsAreShown) {
  EXPECT_EQ(event(false, AgentStatus::active).kind, ChangeKind::updated);
  EXPECT_EQ(event(false, AgentStatus::deprecated).kind, ChangeKind::updated);
  for (const auto hidden : {AgentStatus::inactive, AgentStatus::suspended}) {
    const auto tombstone = event(false, hidden);
    EXPECT_EQ(tombstone.kind, ChangeKind::deleted);
    EXPECT_EQ(tombstone.json.find("agent\":{"), std::string::npos);
    EXPECT_EQ(tombstone.json, tombstone_of(event(false)).json);
  }
  EXPECT_EQ(make_event({.agent = agent.id}, nullptr, "").kind, ChangeKind::deleted);
}

TEST_F(ChangeEventTest, AFilterComparesWhateverTheCase) {
  EXPECT_EQ(showing(change_filter("aSSISTANT", {}, {}), event(true)), Showing::document);
  EXPECT_EQ(showing(change_filter({}, "nlp", {}), event(true)), Showing::document);
  EXPECT_EQ(showing(change_filter("assistant", "Tides", owner), event(true)), Showing::document);
}

TEST_F(ChangeEventTest, WhatLeavesAFilterIsATombstoneAndWhatNeverWasInItIsNothing) {
  for (const auto& filter : {change_filter("tool", {}, {}), change_filter({}, "vision", {}),
                             change_filter("assistant", "vision", owner)}) {
    EXPECT_EQ(showing(filter, event(false)), Showing::tombstone);
    EXPECT_EQ(showing(filter, event(true)), Showing::nothing);
  }
  const auto stranger = change_filter({}, {}, UserId::generate(random));
  EXPECT_EQ(showing(stranger, event(false)), Showing::nothing);
  EXPECT_EQ(showing(stranger, event(false, AgentStatus::suspended)), Showing::nothing);
}

TEST_F(ChangeEventTest, OfSeveralChangesOfAnAgentTheLastRemains) {
  const auto other = AgentId::generate(random);
  const auto kept = without_superseded({{.position = 1, .agent = agent.id, .version = 1},
                                        {.position = 2, .agent = other, .version = 1},
                                        {.position = 3, .agent = agent.id, .version = 2}});
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].position, 2);
  EXPECT_EQ(kept[1].position, 3);
}

}  // namespace
}  // namespace sovereign::registry
