// The oracle of the card profile: what existing validators accept, refuse and normalise.
#include "registry/compat/card_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sovereign::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kLeast =
    R"({"schemaVersion":"1.0","humanReadableId":"acme/a","agentVersion":"1","name":"A",)"
    R"("description":"","url":"https://a.example","provider":{"name":"Acme"},)"
    R"("capabilities":{"a2aVersion":"1.0"},"authSchemes":[{"scheme":"none"}]})";

/// The least card with members replaced by those of `changes`; {"x": "absent"} removes one.
json::Value card(std::string_view changes = "{}") {
  auto whole = json::parse(kLeast).value();
  const auto members = json::parse(changes).value();
  for (const auto& member : members.as_object()) {
    if (member.value() == "absent") {
      whole.as_object().erase(member.key());
    } else {
      whole.as_object()[member.key()] = member.value();
    }
  }
  return whole;
}

/// "location type" of each fault.
std::vector<std::string> faults(std::string_view changes) {
  std::vector<std::string> texts;
  const auto checked = check_card(card(changes));
  for (const auto& fault : checked.kept) {
    texts.push_back(fault.location + " " + std::string(fault.type));
  }
  return texts;
}

std::string normalised_url(std::string_view url) {
  const auto checked = check_card(card("{\"url\":\"" + std::string(url) + "\"}"));
  if (!checked.is_valid()) return std::string(checked.kept.front().type);
  return checked.normalised.at("url").as_string().c_str();
}

TEST(CardCheck, TheLeastCardIsValidAndEveryOptionalMemberIsNullInIt) {
  const auto checked = check_card(card());
  ASSERT_TRUE(checked.is_valid()) << describe_faults(checked);
  const auto& normalised = checked.normalised;
  EXPECT_EQ(normalised.size(), 15U);
  for (const auto* name :
       {"skills", "tags", "privacyPolicyUrl", "termsOfServiceUrl", "iconUrl", "lastUpdated"}) {
    EXPECT_TRUE(normalised.at(name).is_null()) << name;
  }
  EXPECT_EQ(normalised.at("url"), "https://a.example/");
  const auto& provider = normalised.at("provider").as_object();
  EXPECT_TRUE(provider.at("url").is_null() && provider.at("support_contact").is_null());
  const auto& capabilities = normalised.at("capabilities").as_object();
  EXPECT_EQ(capabilities.size(), 5U);
  EXPECT_TRUE(capabilities.at("supportedMessageParts").is_null());
  EXPECT_EQ(normalised.at("authSchemes").at(0).as_object().size(), 5U);
}

TEST(CardCheck, TheNormalFormIsItsOwnNormalForm) {
  const auto checked = check_card(card(R"({"url":"HTTPS://B\u00fccher.example:443/a b"})"));
  const auto again = check_card(json::Value(checked.normalised));
  ASSERT_TRUE(again.is_valid());
  EXPECT_EQ(again.normalised, checked.normalised);
}

struct UrlCase {
  std::string_view url;
  std::string_view verdict;  ///< The normal form, or the type of the fault.
};

TEST(CardCheck, AgentUrlsAreHttpsOrLocalhost) {
  constexpr UrlCase kCases[] = {
      {"https://x.example.com", "https://x.example.com/"},
      {"http://localhost:8001/a2a", "http://localhost:8001/a2a"},
      {"http://LOCALHOST/", "http://localhost/"},
      {"https://user:pw@x.com/", "https://user:pw@x.com/"},
      {"https:x.com", "https://x.com/"},
      {"https:///x.com", "https://x.com/"},
      {"  https://x.com/  ", "https://x.com/"},
      {"https://[::1]/", "https://[::1]/"},
      {"https://x.com/p?q=1#f", "https://x.com/p?q=1#f"},
      {"http://127.0.0.1/", "value_error"},
      {"http://[::1]:80/", "value_error"},
      {"http://example.com", "value_error"},
      {"ftp://x.com/", "value_error"},
      {"ws://localhost", "value_error"},
      {"https://", "url_parsing"},
      {"https://x.com:99999/", "url_parsing"},
      {"", "url_parsing"},
      {"/a2a", "url_parsing"},
      // What begins like localhost and is not.
      {"http://localhost.evil.com/", "value_error"},
      {"http://localhostevil/", "value_error"},
      {"http://localhost@evil.com/", "value_error"},
      {"http://localhost:80@evil.com/", "value_error"},
      {"http://evil.com\\\\@localhost/", "value_error"},
  };
  for (const auto& [url, verdict] : kCases) EXPECT_EQ(normalised_url(url), verdict) << url;
  EXPECT_THAT(normalised_url("https://x.com/" + std::string(3000, 'a')), StartsWith("https://x"));
  EXPECT_THAT(faults(R"({"url":null})"), ElementsAre("url url_type"));
  EXPECT_THAT(faults(R"({"url":7})"), ElementsAre("url url_type"));
}

TEST(CardCheck, OtherUrlsAreWebUrlsOfBoundedLength) {
  EXPECT_THAT(faults(R"({"iconUrl":"http://x.com","privacyPolicyUrl":null})"), ElementsAre());
  EXPECT_THAT(faults(R"({"iconUrl":"data:image/png;base64,AA"})"),
              ElementsAre("iconUrl url_scheme"));
  EXPECT_THAT(faults(R"({"termsOfServiceUrl":"/terms"})"),
              ElementsAre("termsOfServiceUrl url_parsing"));
  const auto of_length = [](std::size_t length) {
    return R"({"iconUrl":"https://x.com/)" + std::string(length - 14, 'a') + "\"}";
  };
  EXPECT_THAT(faults(of_length(2083)), ElementsAre());
  EXPECT_THAT(faults(of_length(2084)), ElementsAre("iconUrl url_too_long"));
}

struct FaultCase {
  std::string_view changes;
  std::string_view fault;  ///< Empty: none.
};

TEST(CardCheck, EachMemberHasItsRule) {
  constexpr FaultCase kCases[] = {
      {R"({"schemaVersion":""})", ""},
      {R"({"schemaVersion":1})", "schemaVersion string_type"},
      {R"({"humanReadableId":"no slash, any text"})", ""},
      {R"({"name":""})", ""},
      {R"({"name":null})", "name string_type"},
      {R"({"description":null})", "description string_type"},
      {R"({"agentVersion":"absent"})", "agentVersion missing"},
      {R"({"provider":"absent"})", "provider missing"},
      {R"({"provider":"Acme"})", "provider model_type"},
      {R"({"provider":{}})", "provider.name missing"},
      {R"({"provider":{"name":"A","supportContact":7}})", ""},
      {R"({"provider":{"name":"A","support_contact":7}})", "provider.support_contact string_type"},
      {R"({"provider":{"name":"A","url":"ftp://x"}})", "provider.url url_scheme"},
      {R"({"capabilities":{}})", "capabilities.a2aVersion missing"},
      {R"({"capabilities":{"a2aVersion":"1","supportedMessageParts":"text"}})",
       "capabilities.supportedMessageParts list_type"},
      {R"({"capabilities":{"a2aVersion":"1","supportedMessageParts":["text",1]}})",
       "capabilities.supportedMessageParts.1 string_type"},
      {R"({"capabilities":{"a2aVersion":"1","supportsPushNotifications":"maybe"}})",
       "capabilities.supportsPushNotifications bool_parsing"},
      {R"({"capabilities":{"a2aVersion":"1","supportsPushNotifications":2}})",
       "capabilities.supportsPushNotifications bool_parsing"},
      {R"({"capabilities":{"a2aVersion":"1","teeDetails":{"type":""}}})", ""},
      {R"({"capabilities":{"a2aVersion":"1","teeDetails":{}}})",
       "capabilities.teeDetails.type missing"},
      {R"({"capabilities":{"a2aVersion":"1","teeDetails":[]}})",
       "capabilities.teeDetails model_type"},
      {R"({"authSchemes":"absent"})", "authSchemes missing"},
      {R"({"authSchemes":null})", "authSchemes list_type"},
      {R"({"authSchemes":[]})", "authSchemes too_short"},
      {R"({"authSchemes":[{}]})", "authSchemes.0.scheme missing"},
      {R"({"authSchemes":[{"scheme":"Bearer"}]})", "authSchemes.0.scheme literal_error"},
      {R"({"authSchemes":[{"scheme":"none"},{"scheme":"oauth2"}]})", "authSchemes.1 value_error"},
      {R"({"authSchemes":[{"scheme":"oauth2","token_url":"https://x/t"}]})",
       "authSchemes.0 value_error"},
      {R"({"authSchemes":[{"scheme":"oauth2","tokenUrl":"https://x/t","scopes":["a"]}]})", ""},
      {R"({"authSchemes":[{"scheme":"bearer","tokenUrl":"nowhere"}]})",
       "authSchemes.0.tokenUrl url_parsing"},
      {R"({"skills":null})", ""},
      {R"({"skills":[]})", ""},
      {R"({"skills":[{"id":"a","name":"A"}]})", "skills.0.description missing"},
      {R"({"skills":[{"id":"a","name":"A","description":"","input_schema":[]}]})",
       "skills.0.input_schema dict_type"},
      {R"({"tags":null})", ""},
      {R"({"tags":["","","ü"]})", ""},
      {R"({"tags":"sea"})", "tags list_type"},
      {R"({"tags":[null]})", "tags.0 string_type"},
      {R"({"lastUpdated":"yesterday"})", ""},
      {R"({"unknown":{"a":[1]}})", ""},
      {R"({"human_readable_id":7})", ""},
  };
  for (const auto& [changes, fault] : kCases) {
    const auto found = faults(changes);
    if (fault.empty()) {
      EXPECT_THAT(found, ElementsAre()) << changes;
    } else {
      EXPECT_THAT(found, ElementsAre(fault)) << changes;
    }
  }
}

TEST(CardCheck, WordsAndNumbersThatMeanYesOrNoAreFlags) {
  for (const auto* yes : {"true", "1", "1.0", R"("yes")", R"("TRUE")", R"("on")", R"("t")"}) {
    const auto checked =
        check_card(card(R"({"capabilities":{"a2aVersion":"1","supportsPushNotifications":)" +
                        std::string(yes) + "}}"));
    ASSERT_TRUE(checked.is_valid()) << yes;
    EXPECT_EQ(checked.normalised.at("capabilities").at("supportsPushNotifications"), true) << yes;
  }
}

TEST(CardCheck, UnknownMembersAreDroppedAtEveryLevel) {
  const auto checked = check_card(
      card(R"({"x":1,"provider":{"name":"A","y":2},"authSchemes":[{"scheme":"none","z":3}]})"));
  ASSERT_TRUE(checked.is_valid());
  EXPECT_FALSE(checked.normalised.contains("x"));
  EXPECT_FALSE(checked.normalised.at("provider").as_object().contains("y"));
  EXPECT_FALSE(checked.normalised.at("authSchemes").at(0).as_object().contains("z"));
}

TEST(CardCheck, WhatIsNoObjectIsNoCard) {
  for (const auto* text : {"[]", "null", "7", R"("card")"}) {
    const auto checked = check_card(json::parse(text).value());
    EXPECT_EQ(checked.kept.front().type, "model_type") << text;
  }
}

TEST(CardCheck, TheDescriptionNamesEveryFaultAndNoValue) {
  const auto checked =
      check_card(card(R"({"name":"absent","url":"http://planted.example","tags":7})"));
  const auto text = describe_faults(checked);
  EXPECT_THAT(text, StartsWith("3 validation errors for AgentCard\nname\n  Field required "));
  EXPECT_THAT(text, HasSubstr("Agent URL must use HTTPS unless it is localhost"));
  EXPECT_THAT(text, testing::Not(HasSubstr("planted")));
  EXPECT_THAT(describe_faults(check_card(json::Value(1))),
              StartsWith("1 validation error for AgentCard"));
}

TEST(CardCheck, ManyFaultsAreCountedAndTheFirstAreKept) {
  std::string tags = "1";
  for (int i = 1; i < 1000; ++i) tags += ",1";
  const auto checked = check_card(card(R"({"tags":[)" + tags + "]}"));
  EXPECT_EQ(checked.faults, 1000U);
  EXPECT_EQ(checked.kept.size(), kMaxCardFaults);
}

TEST(CardCheck, AFailurePointsAtEachFault) {
  const auto failure =
      card_failure(check_card(card(R"({"authSchemes":[{"scheme":"x"}]})")), "No: ", "/card_data");
  EXPECT_EQ(failure.error().code, ErrorCode::unprocessable);
  EXPECT_EQ(failure.error().fields.front().pointer, "/card_data/authSchemes/0/scheme");
  EXPECT_THAT(failure.error().detail, StartsWith("No: 1 validation error for AgentCard"));
}

TEST(CardCheck, ValidMembersOfACardThatIsNotValidCanBeHad) {
  const auto members = valid_members(
      json::parse(R"({"name":"A","url":"nowhere","provider":{"organization":"O"},"tags":["t"]})")
          .value());
  EXPECT_EQ(members.size(), 2U);
  EXPECT_TRUE(members.contains("name") && members.contains("tags"));
}

}  // namespace
}  // namespace sovereign::registry
