#include "registry/compat/card_mapping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registry/agents/record.hpp"
#include "registry/compat/card_check.hpp"

namespace sovereign::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kCard =
    R"({"schemaVersion":"1.0", "humanReadableId":"acme/a","agentVersion":"1","name":"A",)"
    R"("description":"D","url":"https://A.example","provider":{"name":"Acme"},)"
    R"("capabilities":{"a2aVersion":"1.0"},"authSchemes":[{"scheme":"none"}],)"
    R"("skills":[{"id":"tides","name":"T","description":"","input_schema":{"x": 1.50}}],)"
    R"("tags":["sea","sea","air"],"x-extra": {"kept": [1.50]}})";

AgentRegistration registered(std::string_view card = kCard) {
  const auto checked = check_card(json::parse(card).value());
  auto registration = registration_of_card(checked.normalised, card);
  EXPECT_TRUE(registration.has_value());
  return std::move(*registration);
}

Agent agent(std::string_view card = kCard) {
  Agent made;
  assign(made, registered(card));
  return made;
}

json::Object seen(const Agent& agent) {
  const Developer developer{{}, "ada", "ada@example.com"};
  const auto record = make_record(agent, developer, "https://registry.example");
  return card_of(json::parse(record.json).value());
}

json::Object normalised(std::string_view card) {
  return check_card(json::parse(card).value()).normalised;
}

TEST(CardMapping, ACardBecomesARegistrationThatKeepsItsBytes) {
  const auto registration = registered();
  EXPECT_EQ(registration.name, "A");
  EXPECT_EQ(registration.agent_type, "a2a");
  EXPECT_EQ(registration.description, "D");
  EXPECT_EQ(registration.human_readable_id, "acme/a");
  EXPECT_THAT(*registration.api_endpoints, ElementsAre("https://a.example/"));
  EXPECT_THAT(*registration.tags, ElementsAre("sea", "air"));
  EXPECT_THAT(*registration.capabilities, ElementsAre("tides"));
  EXPECT_EQ(registration.card->text, kCard);
}

TEST(CardMapping, AnAgentMadeFromACardIsSeenAsThatCard) {
  EXPECT_EQ(seen(agent()), normalised(kCard));
}

TEST(CardMapping, AUrlThatIsNoEndpointStaysInTheCardOnly) {
  auto card = std::string(kCard);
  card.replace(card.find("https://A"), 9, "https://u:p@A");
  const auto made = agent(card);
  EXPECT_THAT(made.api_endpoints, IsEmpty());
  EXPECT_EQ(seen(made).at("url"), "https://u:p@a.example/");
}

TEST(CardMapping, WhatTheRegistryBoundsIsRefusedWithAPointerIntoTheCard) {
  for (const auto& [from, to, pointer] :
       {std::tuple{R"("name":"A",)", R"("name":"",)", "/card_data/name"},
        std::tuple{R"("acme/a")", R"("no spaces/please")", "/card_data/humanReadableId"}}) {
    auto card = std::string(kCard);
    card.replace(card.find(from), std::string_view(from).size(), to);
    const auto registration = registration_of_card(normalised(card), card);
    ASSERT_FALSE(registration.has_value());
    EXPECT_EQ(registration.error().fields.front().pointer, pointer);
  }
}

TEST(CardMapping, ChangesOfTheAgentShowInItsCard) {
  auto made = agent();
  made.name = "B";
  made.tags = {"new"};
  made.api_endpoints = {"https://b.example"};
  const auto card = seen(made);
  EXPECT_EQ(card.at("name"), "B");
  EXPECT_EQ(card.at("tags"), json::parse(R"(["new"])").value());
  EXPECT_EQ(card.at("url"), "https://b.example/");
  EXPECT_EQ(card.at("skills").at(0).at("id"), "tides");
}

TEST(CardMapping, AnAgentWithoutACardIsSeenAsAValidOne) {
  Agent plain;
  assign(plain, read_registration(R"({"name":"P","agent_type":"t","capabilities":["a","b"],)"
                                  R"("api_endpoints":["https://p.example/v1"],)"
                                  R"("metadata":{"version":"3.1"}})")
                    .value());
  const auto card = seen(plain);
  const auto checked = check_card(json::Value(card));
  ASSERT_TRUE(checked.is_valid()) << describe_faults(checked);
  EXPECT_EQ(checked.normalised, card);
  EXPECT_EQ(card.at("agentVersion"), "3.1");
  EXPECT_EQ(card.at("skills").as_array().size(), 2U);
  EXPECT_EQ(card.at("provider").at("name"), "ada");
}

TEST(CardMapping, ACardOfAnotherProfileLendsWhatIsValid) {
  Agent other;
  assign(other, read_registration(R"({"card":{"name":"O","url":"https://o.example/",)"
                                  R"("provider":{"organization":"Org"},"version":"2"}})")
                    .value());
  const auto card = seen(other);
  EXPECT_EQ(card.at("name"), "O");
  EXPECT_EQ(card.at("provider").at("name"), "ada");
  EXPECT_TRUE(check_card(json::Value(card)).is_valid());
}

TEST(CardMapping, AMergeKeepsTheBytesOfWhatIsNotNamed) {
  const auto made = agent();
  const auto merged = merged_card(made, seen(made), R"({"name": "B", "skills": null})");
  EXPECT_THAT(merged, HasSubstr(R"("x-extra":{"kept": [1.50]})"));
  EXPECT_THAT(merged, HasSubstr(R"("name":"B")"));
  const auto after = normalised(merged);
  auto expected = normalised(kCard);
  expected["name"] = "B";
  expected["skills"] = nullptr;
  EXPECT_EQ(after, expected);
}

TEST(CardMapping, AMergeStartsFromWhatTheAgentSaysNow) {
  auto made = agent();
  made.description = "Changed";
  const auto merged = merged_card(made, seen(made), R"({"agentVersion":"2"})");
  EXPECT_EQ(normalised(merged).at("description"), "Changed");
  EXPECT_EQ(normalised(merged).at("agentVersion"), "2");
}

TEST(CardMapping, APatchNamesOnlyWhatTheCardsPatchNames) {
  auto made = agent();
  made.api_endpoints = {"https://a.example/", "https://second.example/"};
  const std::string_view change = R"({"url":"https://c.example","tags":null})";
  const auto merged = merged_card(made, seen(made), change);
  const auto patch = json::parse(agent_patch(made, normalised(merged), merged, change)).value();
  const auto& members = patch.as_object();
  EXPECT_EQ(members.size(), 3U);
  EXPECT_EQ(members.at("api_endpoints"),
            json::parse(R"(["https://c.example/","https://second.example/"])").value());
  EXPECT_TRUE(members.at("tags").as_array().empty());
  EXPECT_TRUE(members.contains("card"));
}

}  // namespace
}  // namespace sovereign::registry
