#include "registry/agents/registration.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

TEST(HttpUrlTest, UrlsThatBrowsersAndServersAgreeOnAreAccepted) {
  for (const auto* url :
       {"http://a.example", "https://api.example.com/v1?x=1&y=%20", "HTTPS://EXAMPLE.com:8443/",
        "http://127.0.0.1:8000/a", "http://[2001:db8::1]:80/", "http://[::ffff:10.0.0.1]/",
        "http://[::]/", "https://a_b.example./path", "http://localhost/~x",
        "https://a.example/sse?key=<YOUR_TOKEN>&id={id}"}) {
    EXPECT_TRUE(is_http_url(url)) << url;
  }
}

TEST(HttpUrlTest, WhatIsNoUrlOrCouldBeReadTwoWaysIsRefused) {
  for (const auto* url : {"",
                          "example.com",
                          "ftp://a.example",
                          "javascript:alert(1)",
                          "http://",
                          "http:///x",
                          "http://user@a.example",
                          "http://a.example#top",
                          "http://a example/",
                          "http://a.example:0",
                          "http://a.example:65536",
                          "http://a.example:",
                          "http://-a.example",
                          "http://a..example",
                          "http://1.2.3",
                          "http://1.2.3.256",
                          "http://[1::2::3]",
                          "http://[1:2:3]",
                          "http://[::1",
                          "http://[::1]x",
                          "http://a.example/%2",
                          "http://a.example/<",
                          "http://a.example/\\b",
                          "http://a.example\\@b.example",
                          "http://\xc3\xa4.example",
                          "http://a.example/\xc3\xa4"}) {
    EXPECT_FALSE(is_http_url(url)) << url;
  }
  EXPECT_FALSE(is_http_url("http://a.example/" + std::string(kMaxUrl, 'x')));
}

TEST(PlainTextTest, TextThatCouldDeceiveIsRefused) {
  EXPECT_TRUE(is_plain_text("Wetter f\xc3\xbcr morgen \xf0\x9f\x8c\xa6"));
  for (const auto* text : {"", "  ", "a\nb", "a\x7f", "a\xc2\x85",
                           "\xe2\x80\xae"
                           "gnp.exe",
                           "a\xe2\x80\xa8"
                           "b",
                           "\xef\xbb\xbf"
                           "a"}) {
    EXPECT_FALSE(is_plain_text(text));
  }
}

TEST(HumanReadableIdTest, NamesWithOrWithoutAnOwnerAreAccepted) {
  for (const auto* id : {"a", "my-agent", "acme/weather", "Acme.org/bot~1@2+3_4", "a/"}) {
    EXPECT_TRUE(is_human_readable_id(id)) << id;
  }
  for (const auto* id : {"", "/a", "-a", "a/b/c", "a b", "a\n", "\xc3\xa4", "a:b"}) {
    EXPECT_FALSE(is_human_readable_id(id)) << id;
  }
}

std::string problem_at(std::string_view body) {
  const auto registration = read_registration(body);
  return registration ? "accepted" : registration.error().fields.at(0).pointer;
}

TEST(RegistrationTest, BoundsAreChecked) {
  const auto with = [](std::string_view member, const std::string& value) {
    return R"({"name":"A","agent_type":"t",")" + std::string(member) + "\":" + value + "}";
  };
  const auto text = [](std::size_t size) { return '"' + std::string(size, 'x') + '"'; };
  EXPECT_EQ(problem_at(with("description", text(8192))), "accepted");
  EXPECT_EQ(problem_at(with("description", text(8193))), "/description");
  EXPECT_EQ(problem_at(with("tags", "[" + text(101) + "]")), "/tags/0");
  EXPECT_EQ(problem_at(with("humanReadableId", text(256))), "/humanReadableId");
  EXPECT_EQ(problem_at(with("pricing", "[]")), "/pricing");
  EXPECT_EQ(problem_at(with("pricing", R"({"base_price":"1"})")), "/pricing/base_price");
  EXPECT_EQ(problem_at(with("pricing", R"({"base_price":-0.1})")), "/pricing/base_price");
  EXPECT_EQ(problem_at(with("pricing", "{" + std::string(4096, ' ') + "}")), "/pricing");
  EXPECT_EQ(problem_at(with("metadata", R"({"k":)" + text(65536) + "}")), "/metadata");
  EXPECT_EQ(problem_at(with("card", R"({"k":)" + text(256 * 1024) + "}")), "/card");
  EXPECT_EQ(problem_at(with("status", "\"gone\"")), "/status");
  std::string endpoints = "\"https://a.example/0\"";
  for (int i = 1; i < 21; ++i) endpoints += ",\"https://a.example/" + std::to_string(i) + '"';
  EXPECT_EQ(problem_at(with("api_endpoints", "[" + endpoints + "]")), "/api_endpoints");
  EXPECT_EQ(problem_at(R"({"agent_type":"t"})"), "/name");
  EXPECT_EQ(problem_at(R"({"name":"A"})"), "/agent_type");
  EXPECT_EQ(problem_at("[]"), "");
}

TEST(RegistrationTest, UnknownMembersAreIgnoredAndRepeatedItemsDropped) {
  const auto registration =
      read_registration(
          R"({"name":"A","agent_type":"t","tags":["x","y","x"],"future":{"a":1},"pricing":null})")
          .value();
  EXPECT_EQ(registration.tags, (std::vector<std::string>{"x", "y"}));
  EXPECT_FALSE(registration.pricing);
}

TEST(RegistrationTest, WhatTheBodySaysWinsOverTheCard) {
  const auto registration =
      read_registration(R"({"name":"Mine","agent_type":"tool","tags":[],)"
                        R"("card":{"name":"Card","description":"D","tags":["c"],"url":7}})")
          .value();
  EXPECT_EQ(registration.name, "Mine");
  EXPECT_EQ(registration.agent_type, "tool");
  EXPECT_TRUE(registration.tags->empty());
  EXPECT_EQ(registration.description, "D");
  EXPECT_FALSE(registration.api_endpoints);
}

TEST(RegistrationTest, WhatIsTakenFromTheCardIsHeldToTheSameBounds) {
  EXPECT_EQ(problem_at(R"({"card":{"name":""}})"), "/card/name");
  EXPECT_EQ(problem_at(R"({"card":{"name":"A","url":"ftp://x"}})"), "/card/url");
  EXPECT_EQ(problem_at(R"({"card":{"url":"https://a.example"}})"), "/name");
}

TEST(RegistrationTest, ADerivedReadableIdIsAlwaysAValidOne) {
  const auto id = AgentId::parse("550e8400-e29b-41d4-a716-446655440000").value();
  EXPECT_EQ(derived_human_readable_id("My  AI: Assistant!", id), "my-ai-assistant-550e8400");
  EXPECT_EQ(derived_human_readable_id("\xe5\xa4\xa9\xe6\xb0\x97", id), "agent-550e8400");
  EXPECT_TRUE(is_human_readable_id(derived_human_readable_id(std::string(255, 'Z'), id)));
}

}  // namespace
}  // namespace sovereign::registry
