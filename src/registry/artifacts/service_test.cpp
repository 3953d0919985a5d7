// The rules of artifacts on both database engines, with a store that can be made to fail.
#include "registry/artifacts/service.hpp"

#include <gtest/gtest.h>

#include <map>

#include "support/agents_fixture.hpp"
#include "support/faulty_database.hpp"

namespace sovereign::registry {
namespace {

using support::AgentsFixture;
using support::await;
using support::Engine;
using Fault = support::FaultyDatabase::Fault;

constexpr sql::Statement kNotes{"test.notes", "SELECT count(*) FROM unneeded_objects"};
constexpr sql::Statement kRows{"test.rows", "SELECT count(*) FROM artifacts"};
constexpr sql::Statement kUsed{"test.used", "SELECT coalesce(sum(bytes), 0) FROM artifact_usage"};
constexpr sql::Statement kAudit{"test.artifact_audit",
                                "SELECT count(*) FROM audit_log WHERE action LIKE 'artifact.%'"};

/// Objects in memory.
class MemoryStore final : public blob::Store {
 public:
  Task<void> put(const blob::Key& key, const blob::Content& content) override {
    if (fails) co_return base::fail(ErrorCode::unavailable, "The store is away.");
    objects[key] = std::string(std::get<std::string_view>(content.source));
    co_return Result<void>{};
  }
  Task<std::unique_ptr<blob::Reader>> get(const blob::Key&,
                                          std::optional<blob::ByteRange>) override {
    co_return base::fail(ErrorCode::not_found, "There is no such stored file.");
  }
  Task<std::optional<std::uint64_t>> head(const blob::Key& key) override {
    const auto found = objects.find(key);
    if (found == objects.end()) co_return std::nullopt;
    co_return found->second.size();
  }
  Task<void> remove(const blob::Key& key) override {
    if (fails) co_return base::fail(ErrorCode::unavailable, "The store is away.");
    objects.erase(key);
    co_return Result<void>{};
  }
  Task<void> check() override { co_return Result<void>{}; }
  std::string_view engine() const override { return "memory"; }

  std::map<blob::Key, std::string> objects;
  bool fails = false;
};

class ArtifactTest : public testing::TestWithParam<Engine> {
 protected:
  /// Puts `bytes`; a file's content stands for itself here.
  Result<StoredArtifact> put(std::string_view name, std::string_view bytes) {
    const ArtifactUpload upload{
        .agent = agent->id, .name = std::string(name), .media_type = "text/plain"};
    return await(service.put(
        upload, {.source = bytes, .size = bytes.size(), .sha256 = crypto::sha256(bytes)}, *agent,
        agents.caller(agents.ada)));
  }
  Result<void> remove(std::string_view name) {
    return await(service.remove(*agent, std::string(name), {}, agents.caller(agents.ada)));
  }
  std::int64_t count(const sql::Statement& statement) const {
    return agents.database.count(statement);
  }
  void pass_grace() { agents.clock.advance(ArtifactService::kGrace + std::chrono::seconds(1)); }

  /// Every row points to an object that is there.
  bool rows_have_objects() {
    const auto rows = await(ArtifactStore(*agents.database).list(agent->id)).value();
    return std::ranges::all_of(
        rows, [&](const Artifact& artifact) { return store.objects.contains(artifact.key); });
  }

  AgentsFixture agents{GetParam()};
  SharedRecord agent = agents.create(R"({"name":"A","agent_type":"t"})").value();
  support::FaultyDatabase database{*agents.database};
  MemoryStore store;
  ArtifactService service{{database, store, agents.catalog, agents.clock, agents.random},
                          {.agent_bytes = 100, .account_bytes = 150, .agent_files = 3}};
};

INSTANTIATE_TEST_SUITE_P(Engines, ArtifactTest, testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& info) { return support::name_of(info.param); });

TEST_P(ArtifactTest, AnUploadMakesARowAnObjectAndAnAuditRow) {
  const auto stored = put("a", "hello");
  ASSERT_TRUE(stored) << stored.error().detail << stored.error().context;
  EXPECT_TRUE(stored->is_new);
  EXPECT_EQ(store.objects.size(), 1U);
  EXPECT_EQ(count(kRows), 1);
  EXPECT_EQ(count(kNotes), 0);
  EXPECT_EQ(count(kAudit), 1);
  EXPECT_EQ(await(service.find(agent->id, "a"))->sha256, crypto::sha256("hello"));
}

TEST_P(ArtifactTest, AReplacedObjectGoesAfterAnHour) {
  ASSERT_TRUE(put("a", "old"));
  EXPECT_FALSE(put("a", "new")->is_new);
  EXPECT_EQ(store.objects.size(), 2U);
  ASSERT_TRUE(await(service.collect()));
  EXPECT_EQ(store.objects.size(), 2U);
  pass_grace();
  ASSERT_TRUE(await(service.collect()));
  EXPECT_EQ(store.objects.size(), 1U);
  EXPECT_EQ(count(kNotes), 0);
  EXPECT_TRUE(rows_have_objects());
}

TEST_P(ArtifactTest, ARemovedArtifactFreesItsQuota) {
  ASSERT_TRUE(put("a", std::string(100, 'x')));
  EXPECT_EQ(put("b", "y").error().code, ErrorCode::conflict);
  ASSERT_TRUE(remove("a"));
  EXPECT_TRUE(put("b", "y"));
  EXPECT_EQ(remove("a").error().code, ErrorCode::not_found);
}

TEST_P(ArtifactTest, QuotasHoldForAnAgentAnAccountAndANumberOfFiles) {
  ASSERT_TRUE(put("a", std::string(90, 'x')));
  EXPECT_EQ(put("b", std::string(11, 'x')).error().code, ErrorCode::conflict);
  ASSERT_TRUE(put("a", std::string(100, 'x')));
  const auto first = agent;
  agent = agents.create(R"({"name":"B","agent_type":"t"})").value();
  EXPECT_EQ(put("a", std::string(51, 'x')).error().code, ErrorCode::conflict);
  for (const auto* name : {"a", "b", "c"}) ASSERT_TRUE(put(name, "x"));
  EXPECT_EQ(put("d", "x").error().code, ErrorCode::conflict);
  ASSERT_TRUE(put("c", "xy"));
  EXPECT_EQ(count(kUsed), 2 * (100 + 4));
}

TEST_P(ArtifactTest, RemovingTheAgentDropsItsArtifactsInTheSameTransaction) {
  ASSERT_TRUE(put("a", "x"));
  ASSERT_TRUE(put("b", "y"));
  ASSERT_TRUE(await(agents.service.remove(agent->id, {}, agents.caller(agents.ada))));
  EXPECT_EQ(count(kRows), 0);
  EXPECT_EQ(count(kUsed), 0);
  pass_grace();
  ASSERT_TRUE(await(service.collect()));
  EXPECT_TRUE(store.objects.empty());
}

TEST_P(ArtifactTest, AnUploadThatWasGivenUpMakesNoRow) {
  const auto key = blob::Key::parse("artifacts/00/late").value();
  sql::Write note;
  note.calls.push_back(announce_object(key, agents.clock.now()));
  ASSERT_TRUE(await(agents.database->write(std::move(note))));
  pass_grace();
  store.fails = true;
  EXPECT_FALSE(await(service.collect()));  // Given up, and still there.
  const Artifact late{.agent = agent->id, .name = "late", .key = key, .media_type = "a/b"};
  sql::Write write{change_calls(
      {.owner = agents.ada, .before = std::nullopt, .after = late, .at = agents.clock.now()}, {})};
  const auto written = await(agents.database->write(std::move(write))).value();
  ASSERT_FALSE(written);
  EXPECT_EQ(why_rejected(written.error()), ArtifactRejection::too_late);
  store.fails = false;
  EXPECT_TRUE(await(service.collect()));
  EXPECT_EQ(count(kNotes), 0);
}

TEST_P(ArtifactTest, AStoreThatIsAwayKeepsTheOldArtifact) {
  ASSERT_TRUE(put("a", "old"));
  store.fails = true;
  EXPECT_EQ(put("a", "new").error().code, ErrorCode::unavailable);
  EXPECT_EQ(await(service.find(agent->id, "a"))->sha256, crypto::sha256("old"));
}

TEST_P(ArtifactTest, WhateverDatabaseCallFailsARowHasItsObjectAndNothingStaysBehind) {
  ASSERT_TRUE(put("a", "first"));
  for (const auto fault : {Fault::before, Fault::after}) {
    for (int call = 1;; ++call) {
      database.fail_at(call, fault);
      (void)put("a", fmt::format("{}", call));
      (void)remove("b");
      (void)put("b", "x");
      const bool done = database.is_armed();
      database.disarm();
      pass_grace();
      ASSERT_TRUE(await(service.collect()));
      ASSERT_TRUE(rows_have_objects()) << call;
      ASSERT_EQ(store.objects.size(), static_cast<std::size_t>(count(kRows))) << call;
      ASSERT_EQ(count(kNotes), 0) << call;
      if (done) break;
    }
  }
}

}  // namespace
}  // namespace sovereign::registry
