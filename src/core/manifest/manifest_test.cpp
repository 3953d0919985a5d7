#include "core/manifest/manifest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "core/manifest/units.hpp"
#include "crypto/digest.hpp"
#include "json/parse.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kGood = R"({
  "id": "com.example.hello", "name": "Hello", "version": "1.2.3-rc.1",
  "description": "Says hello.\nTwice.",
  "source": {"git_url": "https://user:secret@example.com/hello.git", "ref": "main"},
  "entrypoint": {"type": "mix_task", "value": "hello.run"},
  "permissions": ["tool:invoke:com.example.other/greet", " env:read:LANG ", "env:read:LANG", ""],
  "capabilities": ["tools", "streaming"],
  "keywords": ["greeting"], "integration_points": ["github"],
  "tool_summary": ["hello", {"name": "bye", "description": "Says bye."}],
  "docs_url": "https://example.com/docs",
  "resources": {"cpu": {"request": "100m", "limit": "2"}, "memory": {"limit": "256Mi"},
                "network": {"bandwidth_limit": "5Mbps", "max_connections": 50}},
  "execution_limits": {"max_tool_call_duration": "15s", "max_concurrent_calls": 3,
                       "rate_limit": "100/minute"},
  "publisher": {"name": "Ada", "website": "https://ada.example"}
})";

ManifestReading read(std::string_view text, IdRule rule = IdRule::strict) {
  return read_manifest(text, rule);
}

/// The good manifest with one member (given as JSON text, good or bad) in the place of its own.
std::string with(std::string_view name, std::string_view value) {
  auto document = json::parse(kGood).value().get_object();
  document.erase(name);
  auto text = json::to_text(json::Value(document));
  text.pop_back();
  return text + fmt::format(",\"{}\":{}}}", name, value);
}

std::string without(std::string_view name) {
  auto document = json::parse(kGood).value().get_object();
  document.erase(name);
  return json::to_text(json::Value(document));
}

std::string first_problem(const ManifestReading& reading) {
  if (reading.problems.empty()) return "";
  return reading.problems.front().code + " " + reading.problems.front().path;
}

TEST(Manifest, AGoodOneIsReadWhole) {
  const auto reading = read(kGood);
  EXPECT_TRUE(reading.is_runnable) << first_problem(reading);
  EXPECT_THAT(reading.problems, IsEmpty());
  EXPECT_EQ(reading.id->text(), "com.example.hello");
  const auto& manifest = reading.manifest;
  EXPECT_EQ(manifest.git_url, "https://example.com/hello.git");
  EXPECT_EQ(manifest.entrypoint->value, "hello.run");
  EXPECT_THAT(manifest.permissions,
              ElementsAre("env:read:LANG", "tool:invoke:com.example.other/greet"));
  EXPECT_EQ(manifest.tool_summary.at(1).name, "bye");
  EXPECT_EQ(manifest.resources.cpu_request_millicores->value, 100u);
  EXPECT_EQ(manifest.resources.cpu_limit_millicores->value, 2000u);
  EXPECT_EQ(manifest.resources.memory_limit_bytes->value, 256u << 20U);
  EXPECT_EQ(manifest.resources.memory_limit_bytes->requested, "256Mi");
  EXPECT_EQ(manifest.resources.bandwidth_limit_bits->value, 5'000'000u);
  EXPECT_EQ(manifest.resources.max_connections->value, 50u);
  EXPECT_EQ(manifest.limits.max_tool_call_ms->value, 15'000u);
  EXPECT_EQ(manifest.limits.rate_limit->value, 100u);
  EXPECT_EQ(manifest.limits.rate_period, std::chrono::seconds(60));
  EXPECT_EQ(manifest.publisher.url, "https://ada.example");
}

TEST(Manifest, ItsHashIsThatOfTheBytesAndThatOfThePermissionsOfTheirSortedList) {
  const auto reading = read(kGood);
  EXPECT_EQ(reading.hash, base::to_hex(crypto::sha256(kGood)));
  EXPECT_EQ(
      reading.permissions_hash,
      base::to_hex(crypto::sha256(R"(["env:read:LANG","tool:invoke:com.example.other/greet"])")));
  const auto spaced = read(std::string(kGood) + " ");
  EXPECT_NE(spaced.hash, reading.hash);
  EXPECT_EQ(spaced.permissions_hash, reading.permissions_hash);
}

TEST(Manifest, WhatIsNoJsonObjectWithinItsBoundsCannotBeListed) {
  const auto nested = [](std::size_t levels) {
    return with("x", std::string(levels, '[') + std::string(levels, ']'));
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty_manifest "},
      {"{", "invalid_json "},
      {"[]", "invalid_manifest_shape "},
      {R"({"id":"com.example.a","id":"com.example.b"})", "duplicate_key "},
      {R"({"id":"com.example.a","source":{"ref":"a","ref":"b"}})", "duplicate_key "},
      {R"({"id":"com.example.a","permissions":[],"permi\u0073sions":["env:read:*"]})",
       "duplicate_key "},
      {nested(32), "too_deep "},
      {nested(100), "too_deep "},
      {"{\"id\":\"com.example.a\",\"name\":\"\xff\"}", "invalid_json "},
      {R"({"id":"com.example.a","name":"a\u0000b"})", "invalid_json /name"},
      {std::string("{\"id\":\"com.example.a\"}\0", 24), "invalid_json "},
      {"{\"id\":\"com.example.a\"}{}", "invalid_json "},
      {std::string(kManifestBytes + 1, ' '), "manifest_too_large "},
  };
  for (const auto& [text, problem] : cases) {
    const auto reading = read(text);
    EXPECT_EQ(first_problem(reading), problem) << text.substr(0, 60);
    EXPECT_FALSE(reading.id) << text.substr(0, 60);
    EXPECT_FALSE(reading.is_runnable);
    EXPECT_EQ(reading.problems.front().severity, ProblemSeverity::error);
  }
  EXPECT_TRUE(read(nested(31)).is_runnable);
  EXPECT_EQ(read(std::string(kManifestBytes + 1, ' ')).refusal, CoreCode::manifest_too_large);
}

TEST(Manifest, OneOfExactlyTheLargestSizeIsRead) {
  auto text = std::string(kGood);
  text.resize(kManifestBytes, ' ');
  EXPECT_TRUE(read(text).is_runnable);
}

TEST(Manifest, WithoutARequiredMemberItIsListedButNotRun) {
  for (const char* name :
       {"name", "version", "description", "source", "entrypoint", "permissions", "capabilities"}) {
    const auto reading = read(without(name));
    EXPECT_TRUE(reading.id) << name;
    EXPECT_FALSE(reading.is_runnable) << name;
    EXPECT_EQ(first_problem(reading), fmt::format("missing_field /{}", name));
  }
  EXPECT_FALSE(read(without("id")).id);
}

TEST(Manifest, ARequiredMemberThatBreaksItsRuleIsAnError) {
  const std::vector<std::vector<std::string>> cases = {
      {"name", R"("")", "invalid_field /name"},
      {"name", "7", "invalid_field /name"},
      {"name", fmt::format("\"{}\"", std::string(201, 'x')), "invalid_field /name"},
      {"name", R"("a\u001b[31mred")", "invalid_field /name"},
      {"name", R"("invoice\u202efdp.exe")", "invalid_field /name"},
      {"description", fmt::format("\"{}\"", std::string(2001, 'x')), "invalid_field /description"},
      {"version", R"("1.2")", "invalid_field /version"},
      {"source", "{}", "missing_field /source/git_url"},
      {"source", R"({"git_url":""})", "invalid_field /source/git_url"},
      {"entrypoint", R"("mix")", "invalid_field /entrypoint"},
      {"entrypoint", R"({"type":"shell","value":"x"})", "invalid_entrypoint /entrypoint/type"},
      {"entrypoint", R"({"type":"mix_task","value":"-e x"})",
       "invalid_entrypoint /entrypoint/value"},
      {"entrypoint", R"({"type":"mix_task","value":"a b"})",
       "invalid_entrypoint /entrypoint/value"},
      {"entrypoint", R"({"type":"command","value":"/bin/sh"})",
       "invalid_entrypoint /entrypoint/value"},
      {"entrypoint", R"({"type":"command","value":"bin/../../x"})",
       "invalid_entrypoint /entrypoint/value"},
      {"entrypoint", R"({"type":"release","value":"-x"})", "invalid_entrypoint /entrypoint/value"},
      {"entrypoint", R"({"type":"command","value":"a\nb"})", "invalid_field /entrypoint/value"},
      {"permissions", R"("env:read:A")", "invalid_field /permissions"},
      {"permissions", R"(["env:read:A",7])", "invalid_permission /permissions/1"},
      {"permissions", R"(["filesystem:read:/a/[b]"])", "invalid_permission /permissions/0"},
      {"capabilities", R"(["tools",""])", "invalid_field /capabilities/1"},
      {"manifest_version", "0", "invalid_field /manifest_version"},
  };
  for (const auto& row : cases) {
    const auto reading = read(with(row[0], row[1]));
    EXPECT_EQ(first_problem(reading), row[2]) << row[1].substr(0, 60);
    EXPECT_TRUE(reading.id);
    EXPECT_FALSE(reading.is_runnable) << row[1].substr(0, 60);
  }
}

TEST(Manifest, FiveHundredPermissionsArePlenty) {
  std::string list = "[";
  for (int i = 0; i < 501; ++i) list += fmt::format("{}\"env:read:A{}\"", i > 0 ? "," : "", i);
  EXPECT_EQ(first_problem(read(with("permissions", list + "]"))), "invalid_field /permissions");
}

TEST(Manifest, AnOptionalMemberThatIsWrongIsAWarningAndReadsAsEmpty) {
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"docs_url", R"("javascript:alert%281%29")"},
           {"homepage_url", R"("https://a b")"},
           {"keywords", R"("x")"},
           {"tool_summary", "[7]"},
           {"resources", R"({"memory":{"limit":"64 MB"}})"},
           {"execution_limits", R"({"rate_limit":"100/day"})"},
           {"execution_limits", R"({"max_concurrent_calls":-1})"},
           {"publisher", "[]"}}) {
    const auto reading = read(with(name, value));
    EXPECT_TRUE(reading.is_runnable) << value;
    ASSERT_EQ(reading.problems.size(), 1u) << value;
    EXPECT_EQ(reading.problems[0].severity, ProblemSeverity::warning) << value;
  }
}

TEST(Manifest, ANewerVersionIsRefusedByItsOwnCode) {
  const auto reading = read(with("manifest_version", "2"));
  EXPECT_EQ(reading.refusal, CoreCode::manifest_unsupported_version);
  EXPECT_FALSE(reading.is_runnable);
  EXPECT_EQ(refuse(reading).error().name, "manifest.unsupported_version");
  EXPECT_TRUE(read(with("manifest_version", "1")).is_runnable);
}

TEST(Manifest, WhatItSaysOfItsOwnTrustIsIgnoredAndUnknownMembersAreOnlyListed) {
  auto reading = read(with("trust_score", "100"));
  EXPECT_TRUE(reading.is_runnable);
  EXPECT_EQ(first_problem(reading), "self_declared /trust_score");
  reading = read(with("hooks", R"({"post_install":"rm -rf /"})"));
  EXPECT_TRUE(reading.is_runnable);
  EXPECT_THAT(reading.manifest.unknown_members, ElementsAre("hooks"));
}

TEST(Manifest, AnUnknownKindOfPermissionIsAWarning) {
  const auto reading = read(with("permissions", R"(["netwrok:egress:*"])"));
  EXPECT_TRUE(reading.is_runnable);
  EXPECT_EQ(first_problem(reading), "unrecognised_permission /permissions/0");
}

TEST(Manifest, IdsThatWouldBePathsOrAreNotReverseDnsAreRefused) {
  for (const char* id :
       {"", ".", "..", "../etc", "com/../x.y", "com.example/evil", "/abs.path", "com..example",
        ".com.example", "com.example.", "Com.Example", "com.example\\x", "com.exa mple",
        "com.example\\u0000", "com.-example", "com.ex\\u00e4mple", "com.example\\n"}) {
    EXPECT_FALSE(read(with("id", fmt::format("\"{}\"", id)), IdRule::development).id) << id;
  }
  const auto long_id = "com." + std::string(125, 'a');
  EXPECT_FALSE(read(with("id", fmt::format("\"{}\"", long_id))).id);
}

TEST(Manifest, ASingleLabelIsTakenInDevelopmentOnlyWithAWarning) {
  const auto text = with("id", R"("hello")");
  EXPECT_FALSE(read(text).id);
  const auto reading = read(text, IdRule::development);
  EXPECT_EQ(reading.id->text(), "hello");
  EXPECT_TRUE(reading.is_runnable);
  EXPECT_EQ(first_problem(reading), "single_label_id /id");
}

TEST(Units, AreReadExactlyOrNotAtAll) {
  EXPECT_EQ(parse_millicores("250m"), 250u);
  EXPECT_EQ(parse_bytes("1Gi"), 1u << 30U);
  EXPECT_EQ(parse_bytes("17"), 17u);
  EXPECT_EQ(parse_duration("2h"), 7'200'000u);
  EXPECT_EQ(parse_rate("5/second"), (Rate{5, std::chrono::seconds(1)}));
  for (const char* bad : {"", "Mi", "-1Mi", "1.5Gi", "1 Gi", "1GB", "99999999999Gi", "0x10"}) {
    EXPECT_FALSE(parse_bytes(bad)) << bad;
  }
  for (const char* bad : {"5", "0/minute", "5/", "/minute", "5/day", "5 /minute"}) {
    EXPECT_FALSE(parse_rate(bad)) << bad;
  }
}

TEST(SemanticVersion, FollowsTheSpecification) {
  for (const char* good :
       {"0.0.0", "1.2.3", "10.20.30-alpha.1", "1.0.0-x-y.7+build.01", "1.0.0+5"}) {
    EXPECT_TRUE(is_semantic_version(good)) << good;
  }
  for (const char* bad : {"", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.03", "v1.2.3", "1.2.3-",
                          "1.2.3-01", "1.2.3-a..b", "1.2.3+", "1.2.3 "}) {
    EXPECT_FALSE(is_semantic_version(bad)) << bad;
  }
}

}  // namespace
}  // namespace sovereign::core
