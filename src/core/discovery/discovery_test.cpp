#include "core/discovery/discovery.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/catalog/core_fixture.hpp"
#include "core/discovery/routes.hpp"
#include "support/route_caller.hpp"

namespace sovereign::core {
namespace {

namespace fs = std::filesystem;
using support::await;
using testing::ElementsAre;
using testing::IsEmpty;

class DiscoveryTest : public testing::Test, protected CoreFixture {
 protected:
  ~DiscoveryTest() override { EXPECT_TRUE(await(discovery.stop())); }

  void write(const std::string& where, std::string_view text) const {
    fs::create_directories(projects.path() / where);
    std::ofstream(projects.path() / where / kManifestName) << text;
  }
  void remove(const std::string& where) const { fs::remove_all(projects.path() / where); }
  ScanReport scan() { return await(discovery.scan(ada, "r-1")).value(); }
  std::shared_ptr<const AgentRecord> record(std::string_view id) {
    return catalog.find(agent_id(id));
  }
  std::string path(const std::string& where) const {
    return projects.file(where + "/" + std::string(kManifestName));
  }
  /// What is there is approved as it is.
  void approve(std::string_view id) {
    const auto kept = record(id);
    ASSERT_TRUE(await(approvals.approve({.agent = kept->id,
                                         .requested = {kept->permissions, kept->pin()},
                                         .permissions = kept->permissions,
                                         .actor = ada})));
  }

  support::TemporaryFolder projects{"projects"};
  const Actor ada{ActorType::human, "admin.sock"};
  async::WorkerPool pool{{.name = "test", .threads = 1}};
  Discovery discovery{{catalog, approvals, clock, pool}, {.roots = {projects.path()}}};
};

TEST_F(DiscoveryTest, NewChangedUnchangedAndMissingAgentsAreToldApart) {
  write("a", manifest_text("com.example.a"));
  write("b", manifest_text("com.example.b"));
  auto report = scan();
  EXPECT_EQ(report.found, 2u);
  EXPECT_THAT(report.added, ElementsAre(agent_id("com.example.a"), agent_id("com.example.b")));
  EXPECT_EQ(record("com.example.a")->folder(), projects.file("a"));

  write("a", manifest_text("com.example.a", {"process:spawn"}));
  report = scan();
  EXPECT_THAT(report.changed, ElementsAre(agent_id("com.example.a")));
  EXPECT_EQ(report.unchanged, 1u);

  remove("b");
  report = scan();
  EXPECT_THAT(report.missing, ElementsAre(agent_id("com.example.b")));
  EXPECT_EQ(record("com.example.b")->status(), "gone");
  EXPECT_THAT(scan().missing, IsEmpty());
  EXPECT_THAT(audit_types(), ElementsAre("agent.discovered", "agent.discovered", "agent.updated"));
}

TEST_F(DiscoveryTest, WhatIsUnchangedIsNeitherAuditedNorAnnounced) {
  write("a", manifest_text("com.example.a"));
  scan();
  const auto before = published.size();
  EXPECT_EQ(scan().unchanged, 1u);
  EXPECT_EQ(audit_types().size(), 1u);
  EXPECT_EQ(published.size(), before);
}

TEST_F(DiscoveryTest, AChangeOfAnApprovedManifestIsDrift) {
  write("a", manifest_text("com.example.a"));
  scan();
  approve("com.example.a");
  EXPECT_EQ(record("com.example.a")->enablement, Enablement::active);
  write("a", manifest_text("com.example.a") + " ");
  scan();
  EXPECT_EQ(record("com.example.a")->enablement, Enablement::drifted);
  EXPECT_EQ(audit_types().back(), "agent.manifest_drift_detected");
  write("a", manifest_text("com.example.a"));
  scan();
  EXPECT_EQ(record("com.example.a")->enablement, Enablement::active);
}

TEST_F(DiscoveryTest, ASecondFolderOfTheSameIdIsShadowed) {
  write("b", manifest_text("com.example.a", {"env:read:LANG"}, "Original"));
  scan();
  write("a", manifest_text("com.example.a", {"process:spawn"}, "Evil"));
  EXPECT_EQ(scan().shadowed, 1u);
  EXPECT_EQ(record("com.example.a")->name, "Original");
  ASSERT_EQ(record("com.example.a")->shadowed.size(), 1u);
  EXPECT_EQ(record("com.example.a")->shadowed[0].manifest_path, path("a"));
  EXPECT_EQ(scan().shadowed, 0u);
  remove("a");
  scan();
  EXPECT_THAT(record("com.example.a")->shadowed, IsEmpty());
}

TEST_F(DiscoveryTest, ACopyOfAnApprovedManifestDoesNotInheritTheApproval) {
  write("b", manifest_text("com.example.a"));
  scan();
  approve("com.example.a");
  write("a", manifest_text("com.example.a"));
  scan();
  EXPECT_EQ(record("com.example.a")->enablement, Enablement::active);
  remove("b");
  EXPECT_THAT(scan().changed, ElementsAre(agent_id("com.example.a")));
  EXPECT_EQ(record("com.example.a")->manifest_path, path("a"));
  EXPECT_EQ(record("com.example.a")->enablement, Enablement::drifted);
}

TEST_F(DiscoveryTest, AnInstalledAgentIsNotTakenOverByAFolder) {
  const auto text = manifest_text("com.example.a");
  const auto reading = read_manifest(text, IdRule::strict);
  const InstalledAgent installed{agent_id("com.example.a"), reading, "/i/m.json", "/i", {}};
  commit(installed.id, set_installed(installed, clock.now()));
  write("a", manifest_text("com.example.a", {"process:spawn"}, "Evil"));
  EXPECT_EQ(scan().shadowed, 1u);
  EXPECT_EQ(record("com.example.a")->origin, Origin::installed);
  EXPECT_EQ(record("com.example.a")->name, "Hello");
}

TEST_F(DiscoveryTest, AManifestThatBreaksIsShownWithItsProblemAndIsNotMissing) {
  write("a", manifest_text("com.example.a"));
  scan();
  approve("com.example.a");
  write("a", R"({"id":"com.example.a","id":"com.example.a"})");
  const auto report = scan();
  EXPECT_THAT(report.changed, ElementsAre(agent_id("com.example.a")));
  EXPECT_THAT(report.missing, IsEmpty());
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].code, "duplicate_key");
  EXPECT_EQ(record("com.example.a")->name, "Hello");
  EXPECT_FALSE(record("com.example.a")->is_runnable);
  EXPECT_EQ(record("com.example.a")->enablement, Enablement::drifted);
  EXPECT_THAT(scan().changed, IsEmpty());
}

TEST_F(DiscoveryTest, AfterAPartialWalkNothingIsMissing) {
  write("a", manifest_text("com.example.a"));
  write("b", manifest_text("com.example.b"));
  scan();
  Discovery small{{catalog, approvals, clock, pool},
                  {.roots = {projects.path()}, .bounds = {.manifests = 1}}};
  const auto report = await(small.scan(ada, "")).value();
  EXPECT_TRUE(report.is_partial);
  EXPECT_THAT(report.missing, IsEmpty());
  EXPECT_EQ(record("com.example.b")->status(), "local_dev");
}

TEST_F(DiscoveryTest, ARootThatCannotBeReadSaysNothingOfItsAgents) {
  write("a", manifest_text("com.example.a"));
  scan();
  fs::rename(projects.path() / "a", projects.path() / "hidden");
  fs::rename(projects.path(), projects.path().native() + "-away");
  const auto report = scan();
  fs::rename(projects.path().native() + "-away", projects.path());
  EXPECT_THAT(report.missing, IsEmpty());
  EXPECT_EQ(report.problems.at(0).code, "invalid_root");
}

TEST_F(DiscoveryTest, OneScanRunsAtATime) {
  std::vector<Task<ScanReport>> tasks;
  tasks.push_back(discovery.scan(ada, "1"));
  tasks.push_back(discovery.scan(ada, "2"));
  const auto outcomes = support::await_all(std::move(tasks));
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(outcomes[1].error().code, ErrorCode::unavailable);
}

TEST_F(DiscoveryTest, AfterTheStartChangesAreSeenByThemselves) {
  write("a", manifest_text("com.example.a"));
  boost::asio::io_context loop(1);
  const auto run_until = [&](auto condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      loop.run_one_for(std::chrono::seconds(1));
    }
    return condition();
  };
  discovery.start(loop.get_executor(), [](const Error& error) { ADD_FAILURE() << error.detail; });
  ASSERT_TRUE(run_until([&] { return record("com.example.a") != nullptr; }));
  write("a", manifest_text("com.example.a", {"process:spawn"}));
  ASSERT_TRUE(run_until([&] {
    return record("com.example.a")->permissions == std::vector<std::string>{"process:spawn"};
  }));
  write("deep/b", manifest_text("com.example.b"));
  ASSERT_TRUE(run_until([&] { return record("com.example.b") != nullptr; }));
  bool stopped = false;
  boost::asio::co_spawn(loop, discovery.stop(),
                        [&](std::exception_ptr, Result<void>) { stopped = true; });
  ASSERT_TRUE(run_until([&] { return stopped; }));
  loop.run_for(std::chrono::seconds(5));
}

TEST_F(DiscoveryTest, AScanIsAskedForOverHttp) {
  write("a", manifest_text("com.example.a"));
  write("b", "{");
  http::RouteTable table;
  DiscoveryRoutes routes(discovery);
  routes.add_to(table);
  const support::RouteCaller call(std::move(table));
  const auto response = call({http::Method::post, "/api/v1/agents/scan"});
  EXPECT_EQ(response.status, 200);
  const auto answer = json::parse(response.body.view()).value();
  EXPECT_EQ(answer.at("added").as_array().at(0).as_string(), "com.example.a");
  EXPECT_EQ(answer.at("problems").as_array().at(0).at("code").as_string(), "invalid_json");
}

}  // namespace
}  // namespace sovereign::core
