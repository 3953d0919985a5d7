#include "core/launcher/gate.hpp"

#include <gtest/gtest.h>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

GateFacts ready_to_run() {
  const auto id = AgentId::parse("com.example.hello").value();
  return {
      .agent = LaunchableAgent{.id = id,
                               .install = InstallState::fetched,
                               .build = BuildState::built,
                               .folder = "/tree",
                               .commit = "c0ffee"},
      .manifest = LaunchManifest{.hash = "m", .permissions_hash = "p", .target = {}},
      .approval = LaunchApproval{.manifest_hash = "m", .permissions_hash = "p", .commit = "c0ffee"},
      .running_limit = 2};
}

std::string_view refusal(const GateFacts& facts) {
  const auto passed = check_gate(facts);
  return passed ? std::string_view() : passed.error().name;
}

TEST(Gate, LetsThroughWhatIsInstalledBuiltApprovedAndIdle) {
  EXPECT_EQ(refusal(ready_to_run()), "");
}

TEST(Gate, NamesTheFirstCheckThatFailsInTheStatedOrder) {
  auto facts = ready_to_run();
  facts.running = 2;
  EXPECT_EQ(refusal(facts), "limit.concurrency");
  facts.is_held = true;
  EXPECT_EQ(refusal(facts), "agent.crash_loop");
  facts.is_running = true;
  EXPECT_EQ(refusal(facts), "agent.already_running");
  facts.approval->manifest_hash = "other";
  EXPECT_EQ(refusal(facts), "permission.drift");
  facts.approval.reset();
  EXPECT_EQ(refusal(facts), "agent.not_enabled");
  facts.manifest = fail(CoreCode::manifest_missing, "");
  EXPECT_EQ(refusal(facts), "manifest.missing");
  facts.agent->build = BuildState::stale;
  EXPECT_EQ(refusal(facts), "agent.not_built");
  facts.agent->install = InstallState::none;
  EXPECT_EQ(refusal(facts), "agent.not_installed");
  facts.agent.reset();
  EXPECT_EQ(refusal(facts), "agent.not_found");
}

TEST(Gate, AnyPartOfThePinThatDiffersIsDrift) {
  for (const auto change : {0, 1, 2, 3}) {
    auto facts = ready_to_run();
    if (change == 0) facts.manifest->hash = "x";
    if (change == 1) facts.manifest->permissions_hash = "x";
    if (change == 2) facts.agent->commit = "x";
    if (change == 3) facts.approval->folder = "/elsewhere";
    EXPECT_EQ(refusal(facts), "permission.drift") << change;
  }
}

TEST(Gate, AFolderInDevelopmentNeedsNoInstall) {
  auto facts = ready_to_run();
  facts.agent->origin = Origin::local_dev;
  facts.agent->install = InstallState::none;
  EXPECT_EQ(refusal(facts), "");
}

TEST(Gate, OnlyMixProjectsNeedABuild) {
  auto facts = ready_to_run();
  facts.agent->build = BuildState::not_built;
  facts.manifest->target.kind = LaunchKind::command;
  EXPECT_EQ(refusal(facts), "");
}

}  // namespace
}  // namespace sovereign::core
