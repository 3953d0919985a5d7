#include "core/install/updater.hpp"

#include "core/install/install_fixture.hpp"

namespace sovereign::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::string_view kOld = R"("filesystem:read:~/a/**","process:spawn")";
constexpr std::string_view kNew = R"("filesystem:read:~/a/**","filesystem:write:~/b/**")";

class UpdaterTest : public InstallFixture {
 protected:
  /// Installed, built and approved; a newer version waits in the repository.
  void SetUp() override {
    hello.put("opensentience.agent.json", manifest_text(kId, "1.0.0", kOld));
    publish_old();
    approve();
    second_commit = release("2.0.0", kNew);
  }
  void publish_old() {
    first_commit = hello.commit();
    index.put(fmt::format("agents/{}.json", kId), entry_text(kId, hello.url()));
    index.commit();
    add_registry(index);
    get(run(registries.sync("local", me())));
    get(run(installer.install(id(), {}, me())));
    get(run(builds.build(id(), {.confirm = true}, me())));
  }
  std::string release(std::string_view version, std::string_view permissions) {
    hello.put("opensentience.agent.json", manifest_text(kId, version, permissions));
    return hello.commit();
  }
  Result<UpdateAnswer> update(UpdateRequest request = {.confirm = true}) {
    return run(updater.update(id(), std::move(request), me()));
  }
  static UpdateRequest applied() {
    return {.apply = true, .permissions = {{"filesystem:read:~/a/**"}}};
  }
  std::string current_commit() { return catalog.find(id())->provenance.git_commit; }
  std::string refusal(UpdateRequest request) {
    const auto answer = update(std::move(request));
    return answer ? "fine" : std::string(answer.error().name);
  }

  std::string second_commit;
};

TEST_F(UpdaterTest, ShowsWhatWouldChangeAndChangesNothing) {
  const auto answer = get(update());
  EXPECT_EQ(answer.state, UpdateState::pending);
  EXPECT_EQ(answer.current.version, "1.0.0");
  EXPECT_EQ(answer.pending->version, "2.0.0");
  EXPECT_EQ(answer.pending->build_state, "built");
  EXPECT_THAT(answer.permissions->added, ElementsAre("filesystem:write:~/b/**"));
  EXPECT_THAT(answer.permissions->removed, ElementsAre("process:spawn"));
  EXPECT_THAT(answer.permissions->unchanged, ElementsAre("filesystem:read:~/a/**"));
  ASSERT_EQ(answer.manifest_changes.size(), 1U);
  EXPECT_EQ(answer.manifest_changes[0].member, "version");
  EXPECT_EQ(current_commit(), first_commit);
  EXPECT_EQ(catalog.find(id())->enablement, Enablement::active);
  EXPECT_EQ(catalog.find(id())->build, BuildState::built);
  EXPECT_EQ(catalog.find(id())->pending->commit, second_commit);
  EXPECT_THAT(audited(), Contains("agent.update_available"));
  EXPECT_TRUE(stops.empty());
}

TEST_F(UpdaterTest, WithoutConfirmationNothingOfItIsExecuted) {
  runner.commands.clear();
  const auto answer = get(update({}));
  EXPECT_EQ(answer.pending->build_state, "not_built");
  for (const auto& command : runner.commands) EXPECT_EQ(command.program, "git");
  EXPECT_EQ(refusal({.apply = true}), "agent.not_built");
  get(run(builds.build(id(), {.confirm = true, .tree = BuildTree::pending}, me())));
  EXPECT_EQ(refusal({.apply = true}), "permission.not_approved") << "never all of them unasked";
  EXPECT_EQ(refusal(applied()), "fine");
}

TEST_F(UpdaterTest, ApplyingApprovesAndSwitches) {
  const auto pending = get(update());
  const auto answer = get(update({.apply = true,
                                  .permissions = {{"filesystem:read:~/a/**"}},
                                  .manifest_hash = pending.pending->manifest_hash}));
  EXPECT_EQ(answer.state, UpdateState::applied);
  EXPECT_TRUE(answer.approval_id);
  EXPECT_THAT(stops, ElementsAre("update"));
  const auto agent = catalog.find(id());
  EXPECT_EQ(agent->provenance.git_commit, second_commit);
  EXPECT_EQ(agent->version, "2.0.0");
  EXPECT_EQ(agent->build, BuildState::built);
  EXPECT_EQ(agent->enablement, Enablement::active);
  EXPECT_FALSE(agent->pending);
  EXPECT_THAT(approvals.active(id())->permissions, ElementsAre("filesystem:read:~/a/**"));
  EXPECT_THAT(trees(),
              UnorderedElementsAre(first_commit.substr(0, 12), second_commit.substr(0, 12)));
  EXPECT_THAT(audited(), Contains("agent.updated"));
  EXPECT_EQ(get(update()).state, UpdateState::up_to_date);
}

TEST_F(UpdaterTest, AnAgentThatRanRunsAgainAfterTheSwitchAndAfterARollback) {
  is_running = true;
  get(update());
  EXPECT_TRUE(is_running) << "until it is switched";
  EXPECT_EQ(get(update(applied())).started_again, true);
  EXPECT_THAT(started_commits, ElementsAre(second_commit));
  EXPECT_EQ(get(run(updater.rollback(id(), "slower", me()))).started_again, true);
  EXPECT_THAT(started_commits, ElementsAre(second_commit, first_commit));
}

TEST_F(UpdaterTest, AnAgentThatDidNotRunStaysStopped) {
  get(update());
  EXPECT_EQ(get(update(applied())).started_again, std::nullopt);
  EXPECT_EQ(get(run(updater.rollback(id(), "slower", me()))).started_again, std::nullopt);
  EXPECT_THAT(started_commits, IsEmpty());
}

TEST_F(UpdaterTest, ANewVersionThatDoesNotStartIsAWarning) {
  is_running = is_unstartable = true;
  get(update());
  const auto answer = get(update(applied()));
  EXPECT_EQ(answer.state, UpdateState::applied);
  EXPECT_EQ(answer.started_again, false);
  EXPECT_THAT(answer.warnings, Contains(HasSubstr("No memory.")));
}

TEST_F(UpdaterTest, WhatWasNotAskedForOrSeenIsNotApproved) {
  get(update());
  EXPECT_EQ(refusal({.apply = true, .permissions = {{"process:spawn"}}}), "permission.denied");
  EXPECT_EQ(refusal({.apply = true,
                     .permissions = {{"filesystem:read:~/a/**"}},
                     .manifest_hash = std::string(64, 'a')}),
            "permission.drift");
  EXPECT_EQ(current_commit(), first_commit);
  EXPECT_EQ(catalog.find(id())->enablement, Enablement::active);
}

TEST_F(UpdaterTest, ATouchedUpdateIsNotApplied) {
  get(update());
  write_file(home.tree(id(), second_commit) / "lib/hello.ex", "# evil\n");
  EXPECT_EQ(refusal({.apply = true}), "install.invalid_tree");
  EXPECT_EQ(current_commit(), first_commit);
}

TEST_F(UpdaterTest, RollingBackBringsTheOldApprovalBackExactly) {
  const auto old = approvals.active(id());
  get(update());
  get(update(applied()));
  const auto answer = get(run(updater.rollback(id(), "slower", me())));
  EXPECT_EQ(answer.from_commit, second_commit);
  EXPECT_EQ(answer.to_commit, first_commit);
  EXPECT_TRUE(answer.approval_id);
  EXPECT_EQ(current_commit(), first_commit);
  EXPECT_EQ(catalog.find(id())->build, BuildState::built);
  EXPECT_EQ(catalog.find(id())->enablement, Enablement::active);
  EXPECT_EQ(approvals.active(id())->pin, old->pin);
  EXPECT_EQ(approvals.active(id())->permissions, old->permissions);
  EXPECT_THAT(trees(), ElementsAre(first_commit.substr(0, 12)));
  EXPECT_THAT(audit_of("agent.rolled_back"), HasSubstr("slower"));
  EXPECT_EQ(run(updater.rollback(id(), "again", me())).error().code, ErrorCode::conflict);
}

TEST_F(UpdaterTest, ARollbackApprovesNothingThatWasRevoked) {
  get(update());
  get(update(applied()));
  ASSERT_TRUE(run(approvals.revoke({.agent = id(), .actor = me().actor})));
  const auto answer = get(run(updater.rollback(id(), "x", me())));
  EXPECT_FALSE(answer.approval_id);
  EXPECT_EQ(approvals.active(id()), nullptr);
  EXPECT_EQ(current_commit(), first_commit);
}

TEST_F(UpdaterTest, ATouchedPreviousVersionIsNotRolledBackTo) {
  get(update());
  get(update(applied()));
  write_file(home.tree(id(), first_commit) / "evil", "x");
  EXPECT_EQ(run(updater.rollback(id(), "x", me())).error().name, "install.invalid_tree");
  EXPECT_EQ(current_commit(), second_commit);
}

TEST_F(UpdaterTest, ACrashLoopRightAfterASwitchRollsBack) {
  EXPECT_FALSE(get(run(updater.on_crash_loop(id()))));
  get(update());
  get(update(applied()));
  EXPECT_TRUE(get(run(updater.on_crash_loop(id()))));
  EXPECT_EQ(current_commit(), first_commit);
  EXPECT_THAT(catalog.find(id())->last_error, HasSubstr("crash loop"));
  EXPECT_FALSE(get(run(updater.on_crash_loop(id()))));
}

TEST_F(UpdaterTest, ACrashLoopLongAfterASwitchDoesNot) {
  get(update());
  get(update(applied()));
  clock.advance(11min);
  EXPECT_FALSE(get(run(updater.on_crash_loop(id()))));
  EXPECT_EQ(current_commit(), second_commit);
}

TEST_F(UpdaterTest, OnlyCurrentPreviousAndPendingAreKept) {
  get(update());
  get(update(applied()));
  const auto third = release("3.0.0", kNew);
  get(update());
  const auto fourth = release("4.0.0", kNew);
  get(update());
  EXPECT_THAT(trees(), UnorderedElementsAre(first_commit.substr(0, 12), second_commit.substr(0, 12),
                                            fourth.substr(0, 12)));
  get(update(applied()));
  EXPECT_THAT(trees(), UnorderedElementsAre(second_commit.substr(0, 12), fourth.substr(0, 12)));
  EXPECT_NE(third, fourth);
}

TEST_F(UpdaterTest, ThePreviousCommitIsForRollbacks) {
  get(update());
  get(update(applied()));
  EXPECT_EQ(update({.ref = first_commit}).error().code, ErrorCode::conflict);
  EXPECT_TRUE(fs::exists(home.tree(id(), first_commit)));
}

TEST_F(UpdaterTest, AnAgentThatNoRegistryListsAnyMoreIsUpdatedFromWhereItCame) {
  ASSERT_TRUE(run(registries.remove("local", me())));
  EXPECT_EQ(get(update()).pending->commit, second_commit);
}

TEST_F(UpdaterTest, AFailedBuildOfAnUpdateLeavesTheCurrentVersionAlone) {
  runner.mix = [](const process::Command&) -> Result<process::CommandResult> {
    return process::CommandResult{.status = {.code = 1}};
  };
  EXPECT_EQ(refusal({.confirm = true}), "build.failed");
  EXPECT_EQ(catalog.find(id())->build, BuildState::built);
  EXPECT_EQ(catalog.find(id())->last_error, "");
  EXPECT_EQ(refusal({.apply = true}), "agent.not_built");
}

TEST_F(UpdaterTest, WhatIsNotInstalledHasNoUpdate) {
  ASSERT_TRUE(run(installer.uninstall(id(), PrivateData::remove, me())));
  EXPECT_EQ(refusal({}), "agent.not_installed");
  EXPECT_EQ(run(updater.rollback(id(), "x", me())).error().name, "agent.not_installed");
}

}  // namespace
}  // namespace sovereign::core
