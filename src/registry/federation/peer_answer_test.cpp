#include "registry/federation/peer_answer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "registry/agents/record.hpp"
#include "search/query.hpp"
#include "search/snapshot.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kId = "550e8400-e29b-41d4-a716-446655440000";
constexpr std::string_view kOther = "660e8400-e29b-41d4-a716-446655440001";

const PeerAnswerContext kContext{.peer_name = "Europe",
                                 .peer_url = "https://eu.example",
                                 .own_url = "https://registry.example",
                                 .max_items = 3,
                                 .now = Timestamp{1'750'000'000s}};

std::string items(std::string_view inner) { return fmt::format(R"({{"items":[{}]}})", inner); }

std::string agent(std::string_view id, std::string_view more = {}) {
  return fmt::format(R"({{"id":"{}","name":"Weather","agent_type":"service"{}}})", id, more);
}

std::vector<const AgentRecord*> records(const PeerAnswer& answer) {
  const std::vector segments = {answer.agents};
  const search::Snapshot nothing(peer_agents_schema(), {}, 0);
  const auto all = search::overlay(peer_agents_schema(), nothing, segments);
  std::vector<const AgentRecord*> found;
  for (const auto& hit : all->search({}).hits) {
    found.push_back(static_cast<const AgentRecord*>(hit.payload.get()));
  }
  return found;
}

TEST(PeerAnswer, AnAgentIsShownUnderThePeersNameAndUrlWhateverItSays) {
  const auto answer = read_peer_answer(
      items(agent(kId, R"(,"origin_registry_name":"Local","registry_url":"https://else.example",)"
                       R"("developer":"ada","created_at":"2999-01-01T00:00:00Z")")),
      kContext);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->accepted, 1U);
  const auto found = records(*answer);
  ASSERT_EQ(found.size(), 1U);
  const std::string_view json = found.front()->json;
  EXPECT_TRUE(json.contains(R"("is_federated":true,"registry_url":"https://eu.example",)"
                            R"("origin_registry_name":"Europe")"))
      << json;
  EXPECT_FALSE(json.contains("else.example"));
  EXPECT_FALSE(json.contains("2999")) << "from the future it would come first in every list";
  EXPECT_EQ(found.front()->received_at, kContext.now);
}

TEST(PeerAnswer, ReadsThePlainItemsOfOtherPrograms) {
  const auto answer = read_peer_answer(
      items(fmt::format(R"({{"id":"{}","name":"Old","description":"d","is_active":true,)"
                        R"("origin_registry_name":"Local"}})",
                        kId)),
      kContext);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->accepted, 1U);
  const auto as_agents =
      read_peer_answer(fmt::format(R"({{"agents":[{}]}})", agent(kId)), kContext);
  ASSERT_TRUE(as_agents);
  EXPECT_EQ(as_agents->accepted, 1U);
}

TEST(PeerAnswer, RefusesItemsThatAreNotThePeersOwnActiveAgents) {
  for (const std::string_view more :
       {R"(,"registry_url":"https://registry.example")", R"(,"is_federated":true)",
        R"(,"is_active":false)", R"(,"status":"suspended")",
        R"(,"did":"did:agentvault:660e8400-e29b-41d4-a716-446655440001")",
        R"(,"did":"did:web:victim.example")"}) {
    const auto answer = read_peer_answer(items(agent(kId, more)), kContext);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->accepted, 0U) << more;
    EXPECT_EQ(answer->refused, 1U) << more;
  }
}

TEST(PeerAnswer, ChecksEachItemAsARegistration) {
  const std::string long_name(300, 'n');
  const std::vector<std::string> bad = {
      "7",
      "null",
      "[]",
      "{}",
      agent("not-a-uuid"),
      agent("00000000-0000-0000-0000-000000000000"),
      fmt::format(R"({{"id":"{}","name":"{}","agent_type":"x"}})", kId, long_name),
      fmt::format(R"({{"id":"{}","name":7,"agent_type":"x"}})", kId),
      fmt::format("{{\"id\":\"{}\",\"name\":\"a\\u202eb\",\"agent_type\":\"x\"}}", kId),
      agent(kId, R"x(,"api_endpoints":["javascript:alert(1)"])x"),
      agent(kId, R"(,"tags":["two\nlines"])"),
      agent(kId, fmt::format(R"(,"metadata":{{"m":"{}"}})", std::string(70'000, 'm')))};
  for (const auto& item : bad) {
    const auto answer = read_peer_answer(items(item + "," + agent(kOther)), kContext);
    ASSERT_TRUE(answer) << item;
    EXPECT_EQ(answer->accepted, 1U) << item;
    EXPECT_EQ(answer->refused, 1U) << item;
  }
}

TEST(PeerAnswer, TakesEachAgentOnceAndNotMoreThanTheMost) {
  const auto repeated = read_peer_answer(items(agent(kId) + "," + agent(kId)), kContext);
  ASSERT_TRUE(repeated);
  EXPECT_EQ(repeated->accepted, 1U);
  std::string many;
  for (int i = 0; i < 10; ++i) {
    many +=
        (many.empty() ? "" : ",") + agent(fmt::format("550e8400-e29b-41d4-a716-44665544000{}", i));
  }
  const auto answer = read_peer_answer(items(many), kContext);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->accepted, 3U);
  EXPECT_EQ(answer->refused, 7U);
}

TEST(PeerAnswer, WhatIsNoListOfAgentsIsAnError) {
  for (const std::string_view body : {"", "<html>", "[]", "{}", R"({"items":{}})", R"({"items":[)",
                                      "{\"items\":[{\"name\":\"a\\u0000b\"}]}"}) {
    const auto answer = read_peer_answer(body, kContext);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().code, ErrorCode::unprocessable);
  }
  const auto empty = read_peer_answer(items(""), kContext);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->agents, nullptr);
}

}  // namespace
}  // namespace sovereign::registry
