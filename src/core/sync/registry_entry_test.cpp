#include "core/sync/registry_entry.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sync/registry_layout.hpp"

namespace sovereign::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

EntryResult<RegistryEntry> read(std::string_view text) {
  return read_registry_entry("agents/com.example.hello.json", text, LocalRepositories::refused);
}

/// A good entry with `more` members.
std::string entry(std::string_view more = "", std::string_view id = "com.example.hello") {
  return fmt::format(
      R"({{"id":"{}","git_url":"https://example.org/hello.git","default_ref":"main"{}}})", id,
      more);
}

std::string code_of(std::string_view text) {
  const auto result = read(text);
  return result ? "fine" : result.error().code;
}

TEST(RegistryEntryTest, ThreeMembersAreEnough) {
  const auto result = read(entry());
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->id.text(), "com.example.hello");
  EXPECT_EQ(result->name, "com.example.hello");
  EXPECT_EQ(result->manifest_path, "opensentience.agent.json");
  EXPECT_EQ(result->verification_level, 0);
  EXPECT_FALSE(result->trust_score);
}

TEST(RegistryEntryTest, KeepsWhatPeopleAreToSee) {
  const std::string hash(64, 'A');
  const auto result = read(entry(fmt::format(
      R"(,"manifest_path":"apps/hello/opensentience.agent.json","keywords":["a","b"],
      "display":{{"name":"Hello","summary":"Says it","tags":["b","c"]}},
      "integration_points":["github"],"expected":{{"manifest_hash":"sha256:{}",
      "source_commit":"{}"}},"publisher":{{"name":"Ada","url":"https://a.example"}},
      "trust_score":87.5,"deprecated":true,"replacement_id":"com.example.new",
      "commercial":{{"requires_entitlement":true}})",
      hash, std::string(40, 'c'))));
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->name, "Hello");
  EXPECT_THAT(result->keywords, ElementsAre("a", "b", "c"));
  EXPECT_EQ(result->expected_manifest_hash, std::string(64, 'a'));
  EXPECT_EQ(result->expected_commit->text(), std::string(40, 'c'));
  EXPECT_EQ(result->publisher, "Ada");
  EXPECT_EQ(result->verification_level, 1);
  EXPECT_EQ(result->trust_score, 87.5);
  EXPECT_TRUE(result->is_deprecated);
  EXPECT_EQ(result->replacement_id, "com.example.new");
}

TEST(RegistryEntryTest, BothSpellingsOfTheLevelMeanTheSame) {
  const auto level = [](std::string_view verification) {
    return read(entry(fmt::format(R"(,"verification":{})", verification)))->verification_level;
  };
  EXPECT_EQ(level(R"({"level":"unverified"})"), 0);
  EXPECT_EQ(level(R"({"level":"verified","issuer":"x"})"), 2);
  EXPECT_EQ(level(R"({"level":"audited"})"), 3);
  EXPECT_EQ(level(R"({"level":"certified"})"), 4);
  EXPECT_EQ(level(R"({"level":2,"signed_by":"registry:x"})"), 2);
  EXPECT_EQ(code_of(entry(R"(,"verification":{"level":"best"})")), "invalid_field");
  EXPECT_EQ(code_of(entry(R"(,"verification":{"level":5})")), "invalid_field");
  EXPECT_EQ(code_of(entry(R"(,"verification":{"level":true})")), "invalid_field");
}

TEST(RegistryEntryTest, ASignatureNobodyCheckedProvesNothing) {
  const auto result = read(entry(
      R"(,"publisher":{"name":"Ada"},"verification":{"level":3,"signature":{"alg":"ed25519"}})"));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->has_signature);
  EXPECT_EQ(result->verification_level, 1);
}

TEST(RegistryEntryTest, EachBadMemberIsNamed) {
  EXPECT_EQ(code_of("{}"), "missing_field");
  EXPECT_EQ(code_of("[]"), "invalid_field");
  EXPECT_EQ(code_of("nonsense"), "not_json");
  EXPECT_EQ(code_of(R"({"id":"a.b","id":"a.b"})"), "invalid_json");
  EXPECT_EQ(code_of(std::string(kEntryBytes + 1, ' ')), "too_large");
  EXPECT_EQ(code_of(entry("", "single")), "invalid_field");
  EXPECT_EQ(code_of(entry("", "../etc")), "invalid_field");
  EXPECT_EQ(code_of(entry(R"(,"trust_score":101)")), "invalid_field");
  EXPECT_EQ(code_of(entry(R"(,"expected":{"manifest_hash":"md5:1"})")), "invalid_field");
  EXPECT_EQ(code_of(entry(R"(,"expected":{"source_commit":"main"})")), "invalid_field");
  EXPECT_EQ(code_of(entry(R"(,"replacement_id":"x")")), "invalid_field");
  for (const char* path :
       {"/etc/passwd", "../x", "a/../../x", "a//b", "./x", "a\\\\b", "a\\u0001"}) {
    EXPECT_EQ(code_of(entry(fmt::format(R"(,"manifest_path":"{}")", path))), "invalid_field")
        << path;
  }
  const auto result = read(R"({"id":"a.b","git_url":"ext::sh -c secret","default_ref":"main"})");
  EXPECT_THAT(result.error().detail, HasSubstr("/git_url"));
  EXPECT_THAT(result.error().detail, testing::Not(HasSubstr("secret")));
}

TEST(RegistryEntryTest, LocalRepositoriesAreForRegistriesThatMayNameThem) {
  const std::string text = R"({"id":"a.b","git_url":"file:///srv/x","default_ref":"main"})";
  EXPECT_FALSE(read_registry_entry("f", text, LocalRepositories::refused));
  EXPECT_TRUE(read_registry_entry("f", text, LocalRepositories::allowed));
}

TreeEntry blob(std::string path, std::uint64_t size = 10,
               TreeEntry::Kind kind = TreeEntry::Kind::file) {
  return {kind, std::string(40, 'a'), size, std::move(path)};
}

TEST(RegistryLayout, OnlyPlainFilesOfTheRightPlacesAreRead) {
  using enum TreeEntry::Kind;
  const auto plan = plan_reading(
      {blob("agents/com.example.a.json"), blob("agents/com.example.l.json", 4, symlink),
       blob("agents/com.example.s.json", 0, submodule), blob("agents/README.md"),
       blob("agents/deep/com.example.b.json"), blob("agents/com.example.x.json", 9, executable),
       blob("agents/NoId.json"), blob("agents/com.example.big.json", 70'000), blob("index.json"),
       blob("registry.json")},
      {});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->blobs.size(), 3U);
  std::vector<std::string> codes;
  for (const auto& problem : plan->invalid) codes.push_back(problem.code);
  EXPECT_THAT(codes,
              ElementsAre("not_a_file", "not_a_file", "not_a_file", "invalid_name", "too_large"));
}

TEST(RegistryLayout, ARegistryOverItsLimitsIsRefusedAsAWhole) {
  const RegistryLimits limits{.entries = 1, .total_bytes = 100};
  EXPECT_TRUE(plan_reading({blob("agents/a.b.json")}, limits));
  EXPECT_FALSE(plan_reading({blob("agents/a.b.json"), blob("agents/a.c.json"),
                             blob("agents/a.d.json"), blob("agents/a.e.json")},
                            limits));
  EXPECT_FALSE(plan_reading({blob("agents/a.b.json", 101)}, limits));
}

TEST(RegistryLayout, TheFirstEntryOfAnIdCounts) {
  const RegistryLimits limits;
  RegistryReader reader(LocalRepositories::refused, limits);
  ASSERT_TRUE(reader.read("agents/com.example.hello.json", entry(R"(,"trust_score":1)")));
  ASSERT_TRUE(reader.read("index.json", "[" + entry(R"(,"trust_score":2)") + ",7," +
                                            entry("", "com.example.other") + "]"));
  ASSERT_TRUE(reader.read("agents/com.example.wrong.json", entry()));
  ASSERT_TRUE(reader.read("registry.json", R"({"registry_version":1,"name":"Community"})"));
  const auto contents = reader.take();
  EXPECT_EQ(contents.title, "Community");
  ASSERT_EQ(contents.entries.size(), 2U);
  EXPECT_EQ(contents.entries.begin()->second.entry.trust_score, 1);
  std::vector<std::string> problems;
  for (const auto& problem : contents.invalid)
    problems.push_back(problem.file + " " + problem.code);
  EXPECT_THAT(problems, ElementsAre("index.json#0 duplicate_id", "index.json#1 invalid_field",
                                    "agents/com.example.wrong.json id_mismatch"));
}

TEST(RegistryLayout, ARegistryOfAnUnknownVersionIsNotRead) {
  const RegistryLimits limits;
  RegistryReader reader(LocalRepositories::refused, limits);
  EXPECT_FALSE(reader.read("registry.json", R"({"registry_version":2})"));
  EXPECT_TRUE(reader.read("registry.json", "[]"));
  EXPECT_EQ(reader.take().invalid.size(), 1U);
}

}  // namespace
}  // namespace sovereign::core
