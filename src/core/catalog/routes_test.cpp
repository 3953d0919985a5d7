#include "core/catalog/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/catalog/core_fixture.hpp"
#include "support/route_caller.hpp"

namespace sovereign::core {
namespace {

using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;

class AgentRoutesTest : public testing::Test, protected CoreFixture {
 protected:
  AgentRoutesTest() : call(table()) {}

  http::RouteTable table() {
    http::RouteTable table;
    routes.add_to(table);
    return table;
  }
  /// An agent in a folder that is really there.
  void add_agent(std::string_view id, const std::vector<std::string>& permissions) {
    write_manifest(id, manifest_text(id, permissions));
    const auto reading = read_manifest(manifest_text(id, permissions), IdRule::development);
    const LocalAgent local{agent_id(id), reading, manifest_path(id), {}};
    commit(local.id, {upsert_local(local, clock.now())});
  }
  std::string manifest_path(std::string_view id) const {
    return folder.file(fmt::format("{}/{}", id, kManifestName));
  }
  void write_manifest(std::string_view id, std::string_view text) const {
    std::filesystem::create_directories(folder.path() / id);
    std::ofstream(manifest_path(id)) << text;
  }
  http::Response post(std::string target, std::string body = {}) {
    http::Principal operator_{.is_admin = true, .session = "admin.sock"};
    return call({Method::post, "/api/v1/agents/" + target, std::move(body), operator_});
  }
  json::Value get(const std::string& target) {
    const auto response = call.get("/api/v1/agents" + target);
    EXPECT_EQ(response.status, 200) << response.body.view();
    return json::parse(response.body.view()).value();
  }
  static std::string code_of(const http::Response& response) {
    const auto document = json::parse(response.body.view()).value();
    const auto* code = document.as_object().if_contains("code");
    return code == nullptr ? std::to_string(response.status) : std::string(code->as_string());
  }

  async::WorkerPool pool{{.name = "test", .threads = 1}};
  AgentRoutes routes{catalog, approvals, pool};
  support::RouteCaller call;
};

TEST_F(AgentRoutesTest, AgentsAreListedAndSearched) {
  add_agent("com.example.a", {"env:read:LANG"});
  add_agent("com.example.b", {});
  auto answer = get("");
  EXPECT_EQ(answer.at("total").as_int64(), 2);
  EXPECT_EQ(answer.at("agents").at(0).at("status").as_string(), "local_dev");
  answer = get("?q=com.example.b&per_page=1");
  EXPECT_EQ(answer.at("agents").at(0).at("agent_id").as_string(), "com.example.b");
  EXPECT_EQ(answer.at("agents").at(0).at("match").as_string(), "exact_id");
  EXPECT_EQ(get("?capability=none").at("total").as_int64(), 0);
  EXPECT_EQ(call.get("/api/v1/agents?origin=moon").status, 422);
  EXPECT_EQ(call.get("/api/v1/agents?verification=5").status, 422);
}

TEST_F(AgentRoutesTest, OneAgentIsShownWithItsTrustStory) {
  add_agent("com.example.a", {"env:read:LANG"});
  const auto answer = get("/com.example.a");
  EXPECT_TRUE(answer.at("manifest").at("is_runnable").as_bool());
  EXPECT_TRUE(answer.at("source").at("is_mutable").as_bool());
  EXPECT_THAT(std::string(answer.at("identity").at("verification").as_string()),
              HasSubstr("Not verified"));
  EXPECT_EQ(answer.at("states").at("enablement").as_string(), "none");
  EXPECT_EQ(call.get("/api/v1/agents/com.example.none").status, 404);
  EXPECT_EQ(call.get("/api/v1/agents/..").status, 404);
}

TEST_F(AgentRoutesTest, ASubsetIsEnabledDisabledEnabledAgainAndRevoked) {
  add_agent("com.example.a", {"env:read:LANG", "process:spawn"});
  const auto hash = catalog.find(agent_id("com.example.a"))->manifest_hash;
  auto response =
      post("com.example.a/enable",
           fmt::format(R"({{"permissions":["env:read:LANG"],"manifest_hash":"{}"}})", hash));
  ASSERT_EQ(response.status, 200) << response.body.view();
  auto answer = json::parse(response.body.view()).value();
  EXPECT_EQ(answer.at("enablement").as_string(), "active");
  EXPECT_EQ(answer.at("approval").at("approved_by").as_string(), "admin.sock");
  EXPECT_TRUE(answer.at("permissions").at(0).at("is_approved").as_bool());
  EXPECT_FALSE(answer.at("permissions").at(1).at("is_approved").as_bool());

  EXPECT_EQ(post("com.example.a/disable").status, 200);
  EXPECT_EQ(get("/com.example.a/permissions").at("enablement").as_string(), "suspended");
  response = post("com.example.a/enable");
  answer = json::parse(response.body.view()).value();
  EXPECT_EQ(answer.at("enablement").as_string(), "active");
  EXPECT_EQ(answer.at("approval").at("permissions").as_array().size(), 1u) << "what was kept";
  EXPECT_EQ(post("com.example.a/revoke", R"({"reason":"enough"})").status, 200);
  EXPECT_EQ(get("/com.example.a").at("enablement").as_string(), "revoked");
  EXPECT_EQ(code_of(post("com.example.a/revoke")), "agent.not_enabled");
}

TEST_F(AgentRoutesTest, NothingIsApprovedThatIsNotNamed) {
  add_agent("com.example.a", {"env:read:LANG", "process:spawn"});
  for (const char* body : {"", "{}", R"({"allow_dangerous":true})"}) {
    const auto response = post("com.example.a/enable", body);
    EXPECT_EQ(code_of(response), "permission.not_approved") << body;
    EXPECT_THAT(response.body.view(), HasSubstr("permissions")) << body;
  }
  EXPECT_EQ(get("/com.example.a").at("enablement").as_string(), "none");
  ASSERT_EQ(post("com.example.a/enable", R"({"permissions":[]})").status, 200);
  EXPECT_TRUE(
      get("/com.example.a/permissions").at("approval").at("permissions").as_array().empty());
}

TEST_F(AgentRoutesTest, AnApprovalOfWhatIsThereStaysAsItIsWhenNothingIsNamed) {
  add_agent("com.example.a", {"env:read:LANG", "process:spawn"});
  ASSERT_EQ(post("com.example.a/enable", R"({"permissions":["env:read:LANG"]})").status, 200);
  const auto given = approvals.active(agent_id("com.example.a"));
  ASSERT_EQ(post("com.example.a/enable", "{}").status, 200);
  EXPECT_EQ(approvals.active(agent_id("com.example.a")), given);

  add_agent("com.example.a", {"env:read:LANG", "env:read:PATH"});
  EXPECT_EQ(code_of(post("com.example.a/enable", "{}")), "permission.not_approved") << "drifted";
  ASSERT_EQ(post("com.example.a/revoke").status, 200);
  EXPECT_EQ(code_of(post("com.example.a/enable", "{}")), "permission.not_approved") << "revoked";
}

TEST_F(AgentRoutesTest, EnablingIsRefusedWithItsReason) {
  add_agent("com.example.a", {"env:read:LANG", "tool:invoke:*"});
  EXPECT_EQ(code_of(post("com.example.none/enable")), "agent.not_found");
  EXPECT_EQ(code_of(post("com.example.a/enable", R"({"permissions":["process:spawn"]})")),
            "permission.denied");
  EXPECT_EQ(code_of(post("com.example.a/enable", R"({"permissions":["tool:invoke:*"]})")),
            "permission.denied");
  EXPECT_EQ(
      post("com.example.a/enable", R"({"permissions":["tool:invoke:*"],"allow_dangerous":true})")
          .status,
      200);
  EXPECT_EQ(code_of(post("com.example.a/enable",
                         fmt::format(R"({{"manifest_hash":"{}"}})", std::string(64, '0')))),
            "permission.drift");
  write_manifest("com.example.a", manifest_text("com.example.a", {"process:spawn"}));
  EXPECT_EQ(code_of(post("com.example.a/enable")), "permission.drift");
  std::filesystem::remove(manifest_path("com.example.a"));
  EXPECT_EQ(code_of(post("com.example.a/enable")), "manifest.missing");

  const RemoteAgent remote{.id = agent_id("org.a.remote"), .name = "x", .description = "y"};
  commit(remote.id, {upsert_remote(remote, clock.now())});
  EXPECT_EQ(code_of(post("org.a.remote/enable")), "agent.not_installed");
}

TEST_F(AgentRoutesTest, AnAgentWithABadManifestIsShownButNotEnabled) {
  write_manifest("com.example.a", R"({"id":"com.example.a"})");
  const auto reading = read_manifest(R"({"id":"com.example.a"})", IdRule::development);
  const LocalAgent local{agent_id("com.example.a"), reading, manifest_path("com.example.a"), {}};
  commit(local.id, {upsert_local(local, clock.now())});
  EXPECT_EQ(get("/com.example.a").at("manifest").at("problems").as_array().size(), 7u);
  EXPECT_EQ(code_of(post("com.example.a/enable")), "manifest.invalid");
}

TEST_F(AgentRoutesTest, DriftIsShownAsThreeListsAndTwoHashes) {
  add_agent("com.example.a", {"env:read:LANG", "env:read:PATH"});
  ASSERT_EQ(post("com.example.a/enable", R"({"permissions":["env:read:LANG"]})").status, 200);
  add_agent("com.example.a", {"env:read:LANG", "process:spawn"});
  const auto drift = get("/com.example.a/permissions").at("drift");
  EXPECT_EQ(json::to_text(drift.at("added")), R"(["process:spawn"])");
  EXPECT_EQ(json::to_text(drift.at("removed")), R"(["env:read:PATH"])");
  EXPECT_EQ(json::to_text(drift.at("unchanged")), R"(["env:read:LANG"])");
  EXPECT_NE(drift.at("old_manifest_hash"), drift.at("new_manifest_hash"));
}

TEST_F(AgentRoutesTest, AWaitingUpdateIsApprovedByItsHash) {
  const auto id = agent_id("com.example.a");
  const auto text = manifest_text("com.example.a", {"env:read:LANG"});
  const auto reading = read_manifest(text, IdRule::strict);
  write_manifest("com.example.a", text);
  const InstalledAgent installed{id,
                                 reading,
                                 manifest_path("com.example.a"),
                                 folder.file("com.example.a"),
                                 {.git_commit = "c1"}};
  commit(id, set_installed(installed, clock.now()));
  const auto next = manifest_text("com.example.a", {"env:read:LANG", "process:spawn"});
  const auto next_reading = read_manifest(next, IdRule::strict);
  write_manifest("next", next);
  commit(id, {set_pending(id, PendingUpdate{"c2", manifest_path("next"), next_reading.hash,
                                            next_reading.permissions_hash,
                                            next_reading.manifest.permissions})});
  const auto update = get("/com.example.a/permissions").at("update");
  EXPECT_EQ(json::to_text(update.at("changes").at("added")), R"(["process:spawn"])");
  ASSERT_EQ(post("com.example.a/enable", R"({"permissions":["env:read:LANG"]})").status, 200);
  EXPECT_EQ(approvals.active(id)->pin.commit, "c1");
  const auto seen = fmt::format(R"("manifest_hash":"{}")", next_reading.hash);
  EXPECT_EQ(code_of(post("com.example.a/enable", "{" + seen + "}")), "permission.not_approved");
  ASSERT_EQ(
      post("com.example.a/enable", R"({"permissions":["env:read:LANG"],)" + seen + "}").status,
      200);
  EXPECT_EQ(approvals.active(id)->pin.commit, "c2");
  EXPECT_EQ(approvals.active(id)->pin.manifest_hash, next_reading.hash);
}

TEST_F(AgentRoutesTest, WhatRunningItWouldAllowIsSaidInWords) {
  add_agent("com.example.a", {"env:read:LANG", "network:egress:*", "process:spawn"});
  ASSERT_EQ(
      post("com.example.a/enable", R"({"permissions":["env:read:LANG","process:spawn"]})").status,
      200);
  const auto answer = get("/com.example.a/explain");
  EXPECT_EQ(answer.at("may").as_array().size(), 2u);
  EXPECT_THAT(std::string(answer.at("may").at(0).as_string()),
              HasSubstr("Start other programs. (high risk"));
  EXPECT_THAT(std::string(answer.at("asks_for").at(0).as_string()), HasSubstr("any host"));
  EXPECT_EQ(answer.at("not_prevented").as_array().size(), 2u);
  EXPECT_THAT(json::to_text(answer.at("warnings")), HasSubstr("Nobody verified it"));
}

TEST_F(AgentRoutesTest, EveryRowIsForTheOperatorAndDocumented) {
  for (const auto& route : call.routes()) {
    EXPECT_EQ(route.access, http::Access::admin) << route.path;
    EXPECT_FALSE(route.documentation.summary.empty()) << route.path;
    EXPECT_NE(route.handler.answer, nullptr) << route.path;
  }
}

}  // namespace
}  // namespace sovereign::core
