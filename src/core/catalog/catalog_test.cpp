#include "core/catalog/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/catalog/core_fixture.hpp"

namespace sovereign::core {
namespace {

using support::await;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class CatalogTest : public testing::Test, protected CoreFixture {
 protected:
  void add_remote(std::string_view id, std::string name, std::string description = "x",
                  RegistryBadge badge = {}, std::vector<std::string> keywords = {}) {
    const RemoteAgent remote{.id = agent_id(id),
                             .name = std::move(name),
                             .description = std::move(description),
                             .keywords = std::move(keywords),
                             .integration_points = {},
                             .provenance = {.git_url = "https://example.com/r.git",
                                            .git_ref = "main",
                                            .registry = "public",
                                            .registry_commit = "rc1"},
                             .badge = std::move(badge)};
    commit(remote.id, {upsert_remote(remote, clock.now())});
  }
  void install(std::string_view id, std::string_view text) {
    const auto reading = read_manifest(text, IdRule::strict);
    const InstalledAgent installed{
        .id = agent_id(id),
        .manifest = reading,
        .manifest_path = "/home/agents/x/opensentience.agent.json",
        .install_path = "/home/agents/x",
        .provenance = {
            .git_url = "https://example.com/r.git", .git_commit = "c1", .registry = "public"}};
    commit(installed.id, set_installed(installed, clock.now()));
  }
  std::vector<std::string> found(SearchQuery query) {
    std::vector<std::string> ids;
    for (const auto& hit : catalog.search(query).value().hits) ids.push_back(hit.agent->id.text());
    return ids;
  }
  std::shared_ptr<const AgentRecord> record(std::string_view id) {
    return catalog.find(agent_id(id));
  }
};

TEST_F(CatalogTest, WhatIsCommittedIsInMemoryAnnouncedAndThereAfterARestart) {
  add_local("com.example.a", manifest_text("com.example.a"));
  const auto kept = record("com.example.a");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->status(), "local_dev");
  EXPECT_EQ(kept->folder(), "/p/com.example.a");
  EXPECT_TRUE(kept->is_runnable);
  EXPECT_THAT(published, ElementsAre("agent.changed com.example.a"));

  Catalog restarted(database, approvals, [](auto, auto, auto) {});
  ASSERT_TRUE(restarted.load());
  ASSERT_EQ(restarted.size(), 1u);
  EXPECT_EQ(*restarted.find(agent_id("com.example.a")), *kept);
  EXPECT_EQ(restarted.search({.text = "hello"}).value().total, 1u);
}

TEST_F(CatalogTest, AWriteThatItsRulesRejectChangesNothing) {
  const auto id = agent_id("com.example.a");
  const auto written = await(catalog.commit(id, {{set_install(id, InstallState::fetching)}}));
  ASSERT_TRUE(written);
  EXPECT_FALSE(*written);
  EXPECT_EQ(catalog.find(id), nullptr);
  EXPECT_THAT(published, IsEmpty());
}

TEST_F(CatalogTest, NothingIsAnnouncedWhenNothingDiffers) {
  add_local("com.example.a", manifest_text("com.example.a"));
  add_local("com.example.a", manifest_text("com.example.a"));
  catalog.set_live(agent_id("com.example.a"), LiveState{});
  catalog.set_live(agent_id("com.example.none"), {.run = RunState::running});
  EXPECT_EQ(published.size(), 1u);
}

TEST_F(CatalogTest, HowAnAgentLivesIsFoundByItsStatusAndSurvivesCommits) {
  add_local("com.example.a", manifest_text("com.example.a"));
  const auto id = agent_id("com.example.a");
  catalog.set_live(id, {.run = RunState::running, .health = Health::ok});
  EXPECT_THAT(found({.statuses = {"running"}}), ElementsAre("com.example.a"));
  commit(id, {set_error(id, "boom\nat line 2")});
  EXPECT_EQ(record("com.example.a")->live.run, RunState::running);
  EXPECT_EQ(record("com.example.a")->last_error, "boom at line 2");
  catalog.set_live(id, {});
  EXPECT_THAT(found({.statuses = {"running"}}), IsEmpty());
}

TEST_F(CatalogTest, AnInstalledAgentKeepsItsIdWhateverAFolderSays) {
  add_remote("com.example.a", "Remote");
  add_local("com.example.a", manifest_text("com.example.a", {"env:read:LANG"}, "Local"));
  EXPECT_EQ(record("com.example.a")->name, "Local");
  EXPECT_EQ(record("com.example.a")->provenance.registry, "public");
  install("com.example.a", manifest_text("com.example.a", {"env:read:LANG"}, "Installed"));
  add_local("com.example.a", manifest_text("com.example.a", {"process:spawn"}, "Evil"));
  const auto kept = record("com.example.a");
  EXPECT_EQ(kept->name, "Installed");
  EXPECT_EQ(kept->origin, Origin::installed);
  EXPECT_EQ(kept->pin().commit, "c1");
  EXPECT_EQ(kept->pin().folder, "");
  ASSERT_EQ(kept->shadowed.size(), 1u);
  EXPECT_EQ(kept->shadowed[0].manifest_path, "/p/com.example.a/opensentience.agent.json");
}

TEST_F(CatalogTest, AnotherFolderDoesNotTakeAnIdOver) {
  add_local("com.example.a", manifest_text("com.example.a", {"env:read:LANG"}, "First"));
  const auto reading =
      read_manifest(manifest_text("com.example.a", {}, "Second"), IdRule::development);
  const LocalAgent second{agent_id("com.example.a"), reading, "/q/opensentience.agent.json", {}};
  commit(second.id, {upsert_local(second, clock.now())});
  EXPECT_EQ(record("com.example.a")->name, "First");
  commit(second.id, {replace_local(second, clock.now())});
  EXPECT_EQ(record("com.example.a")->name, "Second");
}

TEST_F(CatalogTest, WhatIsRemovedFallsBackToTheRegistryOrIsGone) {
  const auto id = agent_id("com.example.a");
  add_remote("com.example.a", "Remote", "x", {.verification_level = 2});
  install("com.example.a", manifest_text("com.example.a"));
  commit(id, {set_uninstalled(id)});
  EXPECT_EQ(record("com.example.a")->origin, Origin::registry_available);
  EXPECT_EQ(record("com.example.a")->badge.verification_level, 2);
  EXPECT_EQ(record("com.example.a")->manifest_hash, "");
  commit(id, {forget_entry(id)});
  EXPECT_EQ(record("com.example.a")->status(), "gone");
  EXPECT_THAT(found({}), IsEmpty());
  EXPECT_THAT(found({.statuses = {"gone"}}), ElementsAre("com.example.a"));
  add_remote("com.example.a", "Remote");
  EXPECT_THAT(found({}), ElementsAre("com.example.a"));
}

TEST_F(CatalogTest, AnInstalledAgentOutlivesItsRegistryEntry) {
  const auto id = agent_id("com.example.a");
  install("com.example.a", manifest_text("com.example.a"));
  commit(id, {forget_entry(id)});
  EXPECT_TRUE(record("com.example.a")->is_gone);
  EXPECT_EQ(record("com.example.a")->status(), "installed");
  EXPECT_THAT(found({}), ElementsAre("com.example.a"));
}

TEST_F(CatalogTest, ALocalAgentWhoseFolderIsMissingFallsBackToo) {
  const auto id = agent_id("com.example.a");
  add_local("com.example.a", manifest_text("com.example.a"));
  commit(id, {forget_folder(id)});
  EXPECT_EQ(record("com.example.a")->status(), "gone");
  add_local("com.example.a", manifest_text("com.example.a"));
  EXPECT_EQ(record("com.example.a")->status(), "local_dev");
}

TEST_F(CatalogTest, APendingUpdateIsKeptUntilTheNewTreeIsCurrent) {
  const auto id = agent_id("com.example.a");
  install("com.example.a", manifest_text("com.example.a"));
  const PendingUpdate pending{"c2", "/t/c2/m.json", "h2", "ph2", {"process:spawn"}};
  commit(id, {set_pending(id, pending), set_build(id, BuildState::built, clock.now())});
  EXPECT_EQ(record("com.example.a")->pending, pending);
  EXPECT_EQ(record("com.example.a")->built_at, clock.now());
  install("com.example.a", manifest_text("com.example.a", {}));
  EXPECT_FALSE(record("com.example.a")->pending);
  EXPECT_EQ(record("com.example.a")->build, BuildState::not_built);
}

TEST_F(CatalogTest, TheEnablementFollowsApprovalsAndTheManifest) {
  add_local("com.example.a", manifest_text("com.example.a"));
  const auto id = agent_id("com.example.a");
  const auto requested = record("com.example.a")->permissions;
  const auto approved =
      await(approvals.approve({.agent = id,
                               .requested = {requested, record("com.example.a")->pin()},
                               .permissions = requested,
                               .actor = {}}));
  ASSERT_TRUE(approved) << approved.error().detail << approved.error().context;
  EXPECT_EQ(record("com.example.a")->enablement, Enablement::active);
  EXPECT_THAT(found({.statuses = {"enabled"}}), ElementsAre("com.example.a"));
  add_local("com.example.a", manifest_text("com.example.a", {"process:spawn"}));
  EXPECT_EQ(record("com.example.a")->enablement, Enablement::drifted);
  EXPECT_THAT(found({.statuses = {"enabled"}}), IsEmpty());
}

TEST_F(CatalogTest, AnExactIdComesFirstThenNamesThenKeywordsThenDescriptions) {
  add_remote("org.a.one", "Something", "It works with weather and weather and weather.");
  add_remote("org.a.two", "Other", "x", {}, {"weather"});
  add_remote("org.a.three", "Daily weather", "x");
  add_remote("org.a.four", "Weather today", "x");
  add_remote("weather", "Zebra", "x");
  EXPECT_THAT(found({.text = "Weather"}),
              ElementsAre("weather", "org.a.four", "org.a.three", "org.a.two", "org.a.one"));
  const auto answer = catalog.search({.text = "weather"}).value();
  EXPECT_EQ(answer.total, 5u);
  EXPECT_EQ(answer.hits[0].reason, MatchReason::exact_id);
  EXPECT_EQ(answer.hits[3].explanation, "\"weather\" is in its keywords.");
  EXPECT_THAT(found({.text = "weather", .offset = 1, .limit = 2}),
              ElementsAre("org.a.four", "org.a.three"));
}

TEST_F(CatalogTest, AnExactIdIsFirstThoughManyOthersShareItsWords) {
  for (int i = 0; i < 30; ++i) {
    add_remote(fmt::format("com.example.hello{}", i), "com example hello", "com example hello");
  }
  add_remote("com.example.hello", "Zebra");
  EXPECT_EQ(found({.text = " COM.example.hello "}).front(), "com.example.hello");
}

TEST_F(CatalogTest, FiltersHoldTogether) {
  add_remote("org.a.high", "High", "x", {.verification_level = 3, .trust_score = 0.9});
  add_remote("org.a.low", "Low", "x", {.verification_level = 1, .trust_score = 0.2});
  add_remote("org.a.none", "None");
  add_local("com.example.a", manifest_text("com.example.a"));
  EXPECT_THAT(found({.verification_min = 2}), ElementsAre("org.a.high"));
  EXPECT_THAT(found({.trust_score_min = 0.2}), ElementsAre("org.a.high", "org.a.low"));
  EXPECT_THAT(found({.origin = Origin::local_dev}), ElementsAre("com.example.a"));
  EXPECT_THAT(found({.all_capabilities = {"tools"}}), ElementsAre("com.example.a"));
  EXPECT_THAT(found({.all_capabilities = {"tools", "streaming"}}), IsEmpty());
  EXPECT_THAT(found({.any_capabilities = {"tools", "streaming"}}), ElementsAre("com.example.a"));
  EXPECT_THAT(found({.statuses = {"local_dev", "registry_available"}}).size(), 4u);
  EXPECT_THAT(found({}), ElementsAre("com.example.a", "org.a.high", "org.a.low", "org.a.none"));
  const auto answer = catalog.search({}).value();
  EXPECT_EQ(answer.capabilities.at(0).value, "tools");
}

TEST_F(CatalogTest, ATextOrAPageBeyondTheBoundsIsRefused) {
  EXPECT_FALSE(catalog.search({.text = std::string(513, 'a')}));
  EXPECT_FALSE(catalog.search({.limit = 0}));
  EXPECT_FALSE(catalog.search({.limit = 501}));
}

TEST_F(CatalogTest, ManyAgentsAreCommittedAtOnce) {
  std::vector<AgentId> ids;
  sql::Write write;
  for (int i = 0; i < 1203; ++i) {
    ids.push_back(agent_id(fmt::format("org.many.a{}", i)));
    const RemoteAgent remote{.id = ids.back(), .name = "x", .description = "y"};
    write.calls.push_back(upsert_remote(remote, clock.now()));
  }
  ASSERT_TRUE(await(catalog.commit(ids, std::move(write))).value());
  EXPECT_EQ(catalog.size(), 1203u);
  EXPECT_EQ(catalog.search({}).value().total, 1203u);
}

}  // namespace
}  // namespace sovereign::core
