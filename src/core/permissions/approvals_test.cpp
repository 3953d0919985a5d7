#include "core/permissions/approvals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/catalog/core_fixture.hpp"
#include "core/permissions/drift.hpp"
#include "core/permissions/permission_list.hpp"
#include "support/faulty_database.hpp"

namespace sovereign::core {
namespace {

using support::await;
using testing::ElementsAre;
using testing::IsEmpty;

class ApprovalsTest : public testing::Test, protected CoreFixture {
 protected:
  ApprovalsTest() {
    approvals.on_change([this](const AgentId&, ApprovalChange change) {
      changes.push_back(static_cast<int>(change));
    });
  }

  static RequestedPermissions asked(std::vector<std::string> permissions,
                                    std::string manifest = "m1", std::string commit = "c1") {
    permissions = normalise_permissions(std::move(permissions));
    auto hash = hash_permissions(permissions);
    return {std::move(permissions),
            {.manifest_hash = std::move(manifest),
             .permissions_hash = std::move(hash),
             .commit = std::move(commit),
             .folder = {}}};
  }
  /// All that is asked for.
  ApproveRequest request(RequestedPermissions requested) const {
    return {.agent = id,
            .requested = requested,
            .permissions = requested.permissions,
            .actor = ada,
            .correlation_id = "r-1"};
  }
  ApprovalAction action(std::string reason = "test") const {
    return {.agent = id, .actor = ada, .reason = std::move(reason), .correlation_id = "r-2"};
  }
  std::string refusal(ApproveRequest wanted) {
    const auto approved = await(approvals.approve(std::move(wanted)));
    return approved ? "approved" : std::string(approved.error().name);
  }

  const AgentId id = agent_id("com.example.a");
  const Actor ada{ActorType::human, "admin.sock"};
  const std::vector<std::string> both{"env:read:LANG", "tool:invoke:com.example.b/x"};
  std::vector<int> changes;
};

TEST_F(ApprovalsTest, ASubsetIsApprovedStoredAuditedAndTold) {
  auto wanted = request(asked(both));
  wanted.permissions = {"env:read:LANG"};
  wanted.seen_manifest_hash = "m1";
  const auto approved = await(approvals.approve(std::move(wanted))).value();
  EXPECT_EQ(approvals.active(id), approved);
  EXPECT_TRUE(approved->granted.allows_env("LANG"));
  EXPECT_FALSE(approved->granted.allows_tool(ToolId::parse("com.example.b/x").value()));
  EXPECT_THAT(audit_types(), ElementsAre("agent.enable_requested", "agent.enabled"));
  EXPECT_THAT(changes, ElementsAre(static_cast<int>(ApprovalChange::approved)));

  Approvals restarted(database, clock, random);
  ASSERT_TRUE(restarted.load());
  const auto loaded = restarted.active(id);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->id, approved->id);
  EXPECT_EQ(loaded->pin, approved->pin);
  EXPECT_EQ(loaded->requested, both);
  EXPECT_EQ(loaded->approved_by, ada);
  EXPECT_EQ(loaded->permissions, approved->permissions);
}

TEST_F(ApprovalsTest, WhatWasNotRequestedIsDeniedAndAuditedEvenWhenItIsNarrower) {
  auto wanted = request(asked({"filesystem:read:~/p/**"}));
  wanted.permissions = {"filesystem:read:~/p/x"};
  EXPECT_EQ(refusal(std::move(wanted)), "permission.denied");
  EXPECT_EQ(approvals.active(id), nullptr);
  EXPECT_THAT(audit_types(), ElementsAre("security.denied"));
  EXPECT_THAT(changes, IsEmpty());
}

TEST_F(ApprovalsTest, WhoSawAnotherManifestIsRefused) {
  auto wanted = request(asked(both));
  wanted.seen_manifest_hash = "m0";
  EXPECT_EQ(refusal(std::move(wanted)), "permission.drift");
}

TEST_F(ApprovalsTest, EveryToolOfEveryAgentNeedsTheDangerousFlag) {
  for (const char* text : {"tool:invoke:*", "tool:invoke:*/*"}) {
    EXPECT_EQ(refusal(request(asked({text}))), "permission.denied");
    auto wanted = request(asked({text}));
    wanted.dangerous = DangerousGrants::allow;
    EXPECT_EQ(refusal(std::move(wanted)), "approved");
  }
}

TEST_F(ApprovalsTest, OnlyWhatIsNamedIsApproved) {
  auto wanted = request(asked({"env:read:LANG", "fs:read:/tmp"}));
  wanted.permissions = {};
  EXPECT_THAT(await(approvals.approve(wanted)).value()->permissions, IsEmpty());
  wanted.permissions = {"fs:read:/tmp"};
  EXPECT_THAT(await(approvals.approve(wanted)).value()->permissions, ElementsAre("fs:read:/tmp"));
}

TEST_F(ApprovalsTest, ListsBeyondTheBoundsAreRefused) {
  auto wanted = request(asked(both));
  wanted.permissions.clear();
  for (int i = 0; i < 1001; ++i) wanted.permissions.push_back(fmt::format("env:read:A{}", i));
  EXPECT_EQ(refusal(std::move(wanted)), "permission.invalid");
  wanted = request(asked(both));
  wanted.permissions = {std::string(301, 'a')};
  EXPECT_EQ(refusal(std::move(wanted)), "permission.invalid");
}

TEST_F(ApprovalsTest, ANewApprovalSupersedesTheOldOneWhichNeverComesBackByItself) {
  const auto first = await(approvals.approve(request(asked(both, "m1")))).value();
  const auto second = await(approvals.approve(request(asked(both, "m2")))).value();
  EXPECT_EQ(approvals.active(id), second);
  EXPECT_EQ(approvals.enablement(id, first->pin), Enablement::drifted);
  EXPECT_EQ(approvals.enablement(id, second->pin), Enablement::active);
  Approvals restarted(database, clock, random);
  ASSERT_TRUE(restarted.load());
  EXPECT_EQ(restarted.active(id)->id, second->id);
}

TEST_F(ApprovalsTest, RevokingEndsItForGoodAndIsKnownAfterARestart) {
  const auto approved = await(approvals.approve(request(asked(both)))).value();
  ASSERT_TRUE(await(approvals.revoke(action())));
  EXPECT_EQ(approvals.active(id), nullptr);
  EXPECT_EQ(approvals.kept(id), nullptr);
  EXPECT_EQ(approvals.enablement(id, approved->pin), Enablement::revoked);
  EXPECT_EQ(await(approvals.revoke(action())).error().name, "agent.not_enabled");
  EXPECT_EQ(await(approvals.resume(action())).error().name, "agent.not_enabled");
  EXPECT_EQ(audit_types().back(), "agent.permissions_revoked");
  Approvals restarted(database, clock, random);
  ASSERT_TRUE(restarted.load());
  EXPECT_EQ(restarted.enablement(id, approved->pin), Enablement::revoked);
}

TEST_F(ApprovalsTest, SuspendingKeepsWhatWasApprovedForResuming) {
  const auto approved = await(approvals.approve(request(asked(both)))).value();
  ASSERT_TRUE(await(approvals.suspend(action())));
  ASSERT_TRUE(await(approvals.suspend(action())));
  EXPECT_EQ(approvals.active(id), nullptr);
  EXPECT_EQ(approvals.enablement(id, approved->pin), Enablement::suspended);
  Approvals restarted(database, clock, random);
  ASSERT_TRUE(restarted.load());
  EXPECT_EQ(restarted.active(id), nullptr);
  EXPECT_EQ(restarted.kept(id)->id, approved->id);
  ASSERT_TRUE(await(approvals.resume(action())));
  EXPECT_EQ(approvals.active(id), approved);
  EXPECT_THAT(audit_types(), ElementsAre("agent.enable_requested", "agent.enabled",
                                         "agent.disabled", "agent.enabled"));
}

TEST_F(ApprovalsTest, ARollbackReinstatesExactlyWhatWasOnceApproved) {
  auto narrow = request(asked(both, "m1", "c1"));
  narrow.permissions = {"env:read:LANG"};
  const auto first = await(approvals.approve(std::move(narrow))).value();
  clock.advance(std::chrono::seconds(1));
  await(approvals.approve(request(asked(both, "m2", "c2")))).value();
  const ReinstateRequest back{id, first->pin, Actor{}, "crash loop", "r-3"};
  auto elsewhere = back;
  elsewhere.pin.commit = "c3";
  EXPECT_EQ(await(approvals.reinstate(elsewhere)).error().name, "permission.not_approved");
  const auto restored = await(approvals.reinstate(back)).value();
  EXPECT_EQ(restored->permissions, first->permissions);
  EXPECT_EQ(approvals.enablement(id, first->pin), Enablement::active);
}

TEST_F(ApprovalsTest, NothingComesBackAfterARevocation) {
  const auto first = await(approvals.approve(request(asked(both, "m1", "c1")))).value();
  await(approvals.approve(request(asked(both, "m2", "c2")))).value();
  ASSERT_TRUE(await(approvals.revoke(action())));
  const ReinstateRequest back{id, first->pin, Actor{}, "crash loop", ""};
  EXPECT_FALSE(await(approvals.reinstate(back)));
  clock.advance(std::chrono::seconds(1));
  await(approvals.approve(request(asked(both, "m3", "c3")))).value();
  EXPECT_FALSE(await(approvals.reinstate(back)));
}

TEST_F(ApprovalsTest, WhenTheDatabaseFailsNothingIsAllowedThatWasNotBefore) {
  support::FaultyDatabase faulty(database);
  Approvals fragile(faulty, clock, random);
  faulty.fail_at(1, support::FaultyDatabase::Fault::before);
  EXPECT_FALSE(await(fragile.approve(request(asked(both)))));
  EXPECT_EQ(fragile.active(id), nullptr);
  ASSERT_TRUE(await(fragile.approve(request(asked(both)))));
  for (const bool is_revocation : {false, true}) {
    faulty.fail_at(1, support::FaultyDatabase::Fault::before);
    EXPECT_FALSE(await(is_revocation ? fragile.revoke(action()) : fragile.suspend(action())));
    EXPECT_EQ(fragile.active(id), nullptr) << "stopped though the write failed";
    ASSERT_TRUE(await(is_revocation ? fragile.revoke(action()) : fragile.suspend(action())));
    Approvals restarted(database, clock, random);
    ASSERT_TRUE(restarted.load());
    EXPECT_EQ(restarted.active(id), nullptr);
    if (!is_revocation) {
      ASSERT_TRUE(await(fragile.resume(action())));
    }
  }
}

TEST_F(ApprovalsTest, DriftSaysWhatChanged) {
  const auto approved = await(approvals.approve(request(asked(both)))).value();
  EXPECT_FALSE(drift_of(*approved, approved->pin));
  const auto now = asked({"env:read:LANG", "process:spawn"}, "m2", "c1");
  const auto drift = drift_of(*approved, now.pin);
  ASSERT_TRUE(drift);
  EXPECT_TRUE(drift->manifest_changed);
  EXPECT_TRUE(drift->permissions_changed);
  EXPECT_FALSE(drift->source_changed);
  const auto lists = compare_permissions(approved->requested, now.permissions);
  EXPECT_THAT(lists.added, ElementsAre("process:spawn"));
  EXPECT_THAT(lists.removed, ElementsAre("tool:invoke:com.example.b/x"));
  EXPECT_THAT(lists.unchanged, ElementsAre("env:read:LANG"));
}

}  // namespace
}  // namespace sovereign::core
