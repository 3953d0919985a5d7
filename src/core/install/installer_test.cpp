#include "core/install/installer.hpp"

#include "core/catalog/changes.hpp"
#include "core/install/install_fixture.hpp"
#include "core/install/tree_snapshot.hpp"

namespace sovereign::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class InstallerTest : public InstallFixture {
 protected:
  Result<InstallAnswer> install(InstallRequest request = {}) {
    return run(installer.install(id(), std::move(request), me()));
  }
  std::string refusal() {
    const auto answer = install();
    return answer ? "fine" : std::string(answer.error().name);
  }
  /// The registry, and a repository that `script` makes odd.
  std::string refusal_of(const std::string& script) {
    publish_hello();
    hello.shell(script);
    hello.commit();
    auto code = refusal();
    EXPECT_EQ(trees(), std::vector<std::string>{});
    EXPECT_EQ(catalog.find(id())->install, InstallState::failed);
    EXPECT_EQ(audited().back(), "agent.install_failed");
    return code;
  }
};

TEST_F(InstallerTest, FetchesDataAndRecordsWhereItComesFrom) {
  publish_hello();
  const auto answer = get(install());
  EXPECT_EQ(answer.commit, first_commit);
  EXPECT_TRUE(answer.warnings.empty());
  EXPECT_TRUE(answer.needs_build);
  const auto agent = catalog.find(id());
  EXPECT_EQ(agent->origin, Origin::installed);
  EXPECT_EQ(agent->install, InstallState::fetched);
  EXPECT_EQ(agent->build, BuildState::not_built);
  EXPECT_EQ(agent->enablement, Enablement::none);
  EXPECT_EQ(agent->provenance.git_commit, first_commit);
  EXPECT_EQ(agent->provenance.registry, "local");
  EXPECT_EQ(agent->provenance.registry_commit, registries.all()[0].commit);
  EXPECT_EQ(agent->provenance.git_tree, hello.git("rev-parse HEAD^{tree}").substr(0, 40));
  const auto tree = home.tree(id(), first_commit);
  EXPECT_EQ(agent->install_path, tree.string());
  EXPECT_EQ(read_file(tree / "lib/hello.ex"), "# hello\n");
  EXPECT_FALSE(fs::exists(tree / ".git"));
  EXPECT_THAT(trees(), ElementsAre(first_commit.substr(0, 12)));
  EXPECT_EQ(audited().back(), "agent.installed");
  EXPECT_THAT(audit_of("agent.installed"), HasSubstr(first_commit));
  for (const auto& command : runner.commands) EXPECT_EQ(command.program, "git");
}

TEST_F(InstallerTest, AnotherIdInTheManifestIsRefused) {
  EXPECT_EQ(refusal_of("sed -i s/com.example.hello/com.example.other/ opensentience.agent.json"),
            "install.id_mismatch");
}

TEST_F(InstallerTest, ARepositoryWithoutAManifestIsRefused) {
  EXPECT_EQ(refusal_of("git rm --quiet opensentience.agent.json"), "manifest.missing");
}

TEST_F(InstallerTest, AManifestThatNamesNoAgentIsRefused) {
  EXPECT_EQ(refusal_of("echo nonsense > opensentience.agent.json"), "manifest.invalid");
}

TEST_F(InstallerTest, SymbolicLinksAreRefusedAlsoThoseIntoTheTree) {
  EXPECT_EQ(refusal_of("ln -s mix.exs inside"), "install.invalid_tree");
}

TEST_F(InstallerTest, LinksOutOfTheTreeAreRefused) {
  EXPECT_EQ(refusal_of("ln -s /etc outside"), "install.invalid_tree");
}

TEST_F(InstallerTest, BuildOutputInTheRepositoryIsRefused) {
  EXPECT_EQ(refusal_of("mkdir -p _build/prod && echo x > _build/prod/a.beam"),
            "install.invalid_tree");
}

TEST_F(InstallerTest, SubmodulesAreLeftOutWithAWarning) {
  publish_hello();
  hello.git("update-index --add --cacheinfo 160000," + first_commit + ",vendor/sub");
  hello.git("commit --quiet -m sub");
  const auto answer = get(install());
  EXPECT_THAT(answer.warnings, ElementsAre(HasSubstr("vendor/sub")));
}

TEST_F(InstallerTest, WhatTheRegistryExpectedAndDidNotComeIsAWarning) {
  publish_hello(fmt::format(R"(,"expected":{{"manifest_hash":"{}","source_commit":"{}"}})",
                            std::string(64, 'a'), std::string(40, 'b')));
  const auto answer = get(install());
  EXPECT_EQ(answer.warnings.size(), 2U);
  EXPECT_THAT(audit_of("agent.installed"), HasSubstr("not the one the registry lists"));
  EXPECT_EQ(catalog.find(id())->provenance.expected_manifest_hash, std::string(64, 'a'));
}

TEST_F(InstallerTest, AManifestInASubfolderMakesThatTheProject) {
  publish_hello(R"(,"manifest_path":"apps/hello/opensentience.agent.json")");
  hello.put("apps/hello/opensentience.agent.json", manifest_text(kId));
  hello.commit();
  const auto answer = get(install());
  EXPECT_TRUE(answer.path.ends_with("/apps/hello"));
  EXPECT_EQ(catalog.find(id())->install_path, answer.path);
}

TEST_F(InstallerTest, AnOlderVersionCanBeChosen) {
  publish_hello();
  hello.git("tag v1");
  hello.put("new", "x");
  hello.commit();
  EXPECT_EQ(get(install({.ref = "v1"})).commit, first_commit);
  EXPECT_FALSE(fs::exists(home.tree(id(), first_commit) / "new"));
}

TEST_F(InstallerTest, RequestsThatCannotBeMetAreNamed) {
  EXPECT_EQ(refusal(), "agent.not_found");
  publish_hello();
  EXPECT_EQ(install({.registry = "other"}).error().name, "registry.not_found");
  EXPECT_EQ(install({.ref = "--upload-pack=id"}).error().name, "registry.invalid_url");
  EXPECT_EQ(install({.ref = "nothing"}).error().name, "install.fetch_failed");
  get(install());
  EXPECT_EQ(install().error().code, ErrorCode::conflict);
}

TEST_F(InstallerTest, OneOperationOnAnAgentAtATime) {
  publish_hello();
  std::vector<Task<InstallAnswer>> tasks;
  tasks.push_back(installer.install(id(), {}, me()));
  tasks.push_back(installer.install(id(), {}, me()));
  const auto results = support::await_all(std::move(tasks));
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().name, "install.busy");
  EXPECT_FALSE(busy.contains(id()));
}

TEST_F(InstallerTest, HoweverACommandFailsNothingIsLeftAndTheNextTryWorks) {
  publish_hello();
  int failures = 0;
  for (int n = 1;; ++n) {
    runner.fail_at(n);
    const auto answer = install();
    if (runner.is_armed()) break;
    EXPECT_FALSE(answer) << n;
    EXPECT_EQ(catalog.find(id())->install, InstallState::failed);
    EXPECT_EQ(trees(), std::vector<std::string>{});
    fs::remove_all(home.mirror(id()));
    ++failures;
  }
  EXPECT_GE(failures, 7);
  EXPECT_EQ(catalog.find(id())->install, InstallState::fetched);
  EXPECT_EQ(catalog.find(id())->last_error, "");
}

TEST_F(InstallerTest, AnAgentThatNeedsNoBuildIsReady) {
  publish_hello();
  hello.put("opensentience.agent.json", manifest_text(kId, "1.0.0", "", "command"));
  hello.commit();
  EXPECT_FALSE(get(install()).needs_build);
  EXPECT_EQ(catalog.find(id())->build, BuildState::built);
}

TEST_F(InstallerTest, AnAgentInDevelopmentIsLinkedAndNotCopied) {
  hello.put("opensentience.agent.json", manifest_text(kId));
  const auto manifest = read_manifest(manifest_text(kId), IdRule::development);
  sql::Write write;
  write.calls.push_back(
      upsert_local({.id = id(),
                    .manifest = manifest,
                    .manifest_path = (hello.folder() / "opensentience.agent.json").string(),
                    .provenance = {}},
                   clock.now()));
  ASSERT_TRUE(run(catalog.commit(id(), std::move(write))));
  const auto answer = get(install());
  EXPECT_EQ(answer.method, InstallMethod::linked);
  EXPECT_EQ(answer.path, hello.folder().string());
  EXPECT_EQ(answer.warnings.size(), 1U);
  EXPECT_EQ(catalog.find(id())->install, InstallState::fetched);
  EXPECT_EQ(catalog.find(id())->origin, Origin::local_dev);
  EXPECT_TRUE(runner.commands.empty());
  ASSERT_TRUE(run(installer.uninstall(id(), PrivateData::remove, me())));
  EXPECT_EQ(catalog.find(id())->install, InstallState::none);
  EXPECT_TRUE(fs::exists(hello.folder() / "opensentience.agent.json"));
}

TEST_F(InstallerTest, UninstallingStopsRevokesAndRemoves) {
  publish_hello();
  get(install());
  approve();
  write_file(home.agent_private(id()) / "notes", "x");
  EXPECT_EQ(catalog.find(id())->enablement, Enablement::active);
  ASSERT_TRUE(run(installer.uninstall(id(), PrivateData::remove, me())));
  EXPECT_THAT(stops, ElementsAre("uninstall"));
  EXPECT_EQ(approvals.active(id()), nullptr);
  EXPECT_FALSE(fs::exists(home.agent(id())));
  EXPECT_FALSE(fs::exists(home.mirror(id())));
  EXPECT_EQ(catalog.find(id())->origin, Origin::registry_available);
  EXPECT_EQ(audited().back(), "agent.uninstalled");
  EXPECT_EQ(run(installer.uninstall(id(), PrivateData::remove, me())).error().name,
            "agent.not_installed");
  get(install());
  EXPECT_NE(catalog.find(id())->enablement, Enablement::active);
}

TEST_F(InstallerTest, UninstallingMayLeaveTheAgentsOwnFiles) {
  publish_hello();
  get(install());
  write_file(home.agent_private(id()) / "notes", "x");
  ASSERT_TRUE(run(installer.uninstall(id(), PrivateData::keep, me())));
  EXPECT_TRUE(fs::exists(home.agent_private(id()) / "notes"));
  EXPECT_TRUE(trees().empty());
}

TEST_F(InstallerTest, WhatACrashLeftIsClearedAtTheStart) {
  publish_hello();
  get(install());
  write_file(unfinished_tree(home, id()) / "half", "x");
  write_file(home.agent(id()) / "trees" / "0123456789ab" / "old", "x");
  write_file(home.root() / "mirrors" / "com.example.gone.git" / "HEAD", "x");
  sql::Write write;
  write.calls.push_back(set_build(id(), BuildState::building));
  ASSERT_TRUE(run(catalog.commit(id(), std::move(write))));
  ASSERT_TRUE(run(installer.settle()));
  EXPECT_THAT(trees(), ElementsAre(first_commit.substr(0, 12)));
  EXPECT_FALSE(fs::exists(home.root() / "mirrors" / "com.example.gone.git"));
  EXPECT_TRUE(fs::exists(home.mirror(id())));
  EXPECT_EQ(catalog.find(id())->build, BuildState::failed);
  EXPECT_THAT(catalog.find(id())->last_error, HasSubstr("try again"));
}

TEST_F(InstallerTest, NothingIsWrittenOutsideTheHome) {
  publish_hello();
  const auto before = take_snapshot(hello.folder(), "", TreePart::sources).value();
  get(install());
  EXPECT_EQ(take_snapshot(hello.folder(), "", TreePart::sources).value(), before);
  std::vector<std::string> top;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    top.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(top, testing::UnorderedElementsAre("home", "hello", "index"));
}

}  // namespace
}  // namespace sovereign::core
