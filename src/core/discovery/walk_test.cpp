#include "core/discovery/walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/catalog/core_fixture.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class WalkTest : public testing::Test {
 protected:
  void write(const fs::path& path, std::string_view text) const {
    fs::create_directories((folder.path() / path).parent_path());
    std::ofstream(folder.path() / path) << text;
  }
  void add_agent(const std::string& where, std::string_view id) const {
    write(fs::path(where) / kManifestName, manifest_text(id));
  }
  Walk run(WalkPlan plan = {}) const {
    if (plan.roots.empty()) plan.roots = {folder.path()};
    return walk(plan, stopping);
  }
  static std::vector<std::string> ids(const Walk& walk) {
    std::vector<std::string> ids;
    for (const auto& found : walk.manifests) {
      ids.push_back(found.reading.id ? found.reading.id->text() : "?");
    }
    return ids;
  }
  static std::vector<std::string> codes(const Walk& walk) {
    std::vector<std::string> codes;
    for (const auto& problem : walk.problems) codes.push_back(problem.code);
    return codes;
  }

  support::TemporaryFolder folder{"walk"};
  std::atomic<bool> stopping = false;
};

TEST_F(WalkTest, ManifestsAreFoundBreadthFirstAndInOrder) {
  add_agent("b", "com.example.b");
  add_agent("a/deep/er", "com.example.deep");
  add_agent("a", "com.example.a");
  add_agent(".", "com.example.root");
  const auto found = run();
  EXPECT_THAT(ids(found), ElementsAre("com.example.root", "com.example.a", "com.example.b",
                                      "com.example.deep"));
  EXPECT_EQ(found.manifests[1].path, folder.file("a/opensentience.agent.json"));
  EXPECT_FALSE(found.is_partial);
  EXPECT_EQ(found.folders.size(), 5u);
}

TEST_F(WalkTest, HiddenFoldersAndThoseOfToolsAreNotEntered) {
  for (const char* name : {".git", ".hidden", "_build", "deps", "node_modules", "ok"}) {
    add_agent(name, "com.example.a");
  }
  EXPECT_EQ(run().manifests.size(), 1u);
}

TEST_F(WalkTest, LinksAreNeverFollowed) {
  support::TemporaryFolder outside("outside");
  std::ofstream(outside.file(kManifestName)) << manifest_text("com.example.outside");
  fs::create_directory_symlink(outside.path(), folder.path() / "link");
  fs::create_directories(folder.path() / "b");
  fs::create_symlink(outside.file(kManifestName), folder.path() / "b" / kManifestName);
  fs::create_directory_symlink(".", folder.path() / "loop");
  const auto found = run();
  EXPECT_THAT(ids(found), IsEmpty());
  EXPECT_THAT(codes(found), ElementsAre("manifest.missing"));
}

TEST_F(WalkTest, ARootMayBeALinkAndRootsMayLieInEachOther) {
  add_agent("a", "com.example.a");
  support::TemporaryFolder other("link");
  fs::create_directory_symlink(folder.path(), other.path() / "root");
  const auto found = run({.roots = {other.path() / "root", folder.path() / "a"}});
  EXPECT_THAT(ids(found), ElementsAre("com.example.a"));
  EXPECT_EQ(found.manifests[0].root, folder.path());
}

TEST_F(WalkTest, AMissingRootIsAProblemAndTheOthersAreScanned) {
  add_agent("a", "com.example.a");
  const auto found = run({.roots = {"/nonexistent/x", folder.path()}});
  EXPECT_THAT(codes(found), ElementsAre("invalid_root"));
  EXPECT_THAT(ids(found), ElementsAre("com.example.a"));
}

TEST_F(WalkTest, ExcludedFoldersAreLeftOut) {
  add_agent("a", "com.example.a");
  add_agent("installed/x", "com.example.x");
  const auto found = run({.roots = {folder.path()}, .excluded = {folder.path() / "installed"}});
  EXPECT_THAT(ids(found), ElementsAre("com.example.a"));
}

TEST_F(WalkTest, EveryBoundEndsTheWalkAndIsSaidOnce) {
  for (int i = 0; i < 5; ++i) add_agent(fmt::format("d{}", i), fmt::format("com.example.a{}", i));
  auto found = run({.bounds = {.manifests = 3}});
  EXPECT_EQ(found.manifests.size(), 3u);
  EXPECT_TRUE(found.is_partial);
  EXPECT_THAT(codes(found), ElementsAre("manifest_limit"));
  found = run({.bounds = {.entries = 6}});
  EXPECT_TRUE(found.is_partial);
  EXPECT_THAT(codes(found), ElementsAre("entry_limit"));
  found = run({.bounds = {.watched_folders = 2}});
  EXPECT_EQ(found.folders.size(), 2u);
  EXPECT_FALSE(found.is_partial);
}

TEST_F(WalkTest, TenLevelsDeepIsFoundAndElevenIsNot) {
  add_agent("1/2/3/4/5/6/7/8/9/10", "com.example.ten");
  add_agent("1/2/3/4/5/6/7/8/9/10/11", "com.example.eleven");
  EXPECT_THAT(ids(run()), ElementsAre("com.example.ten"));
}

TEST_F(WalkTest, ItEndsWhenItIsStopped) {
  add_agent("a", "com.example.a");
  stopping = true;
  const auto found = run();
  EXPECT_TRUE(found.is_partial);
  EXPECT_THAT(found.manifests, IsEmpty());
}

TEST_F(WalkTest, ABadManifestIsFoundWithItsProblemsAndAHugeOneIsAProblem) {
  write(fs::path("a") / kManifestName, R"({"id":"com.example.a","id":"com.example.b"})");
  write(fs::path("b") / kManifestName, std::string(kManifestBytes + 1, ' '));
  write(fs::path("c") / kManifestName, R"({"id":"com.example.c"})");
  const auto found = run();
  EXPECT_THAT(ids(found), ElementsAre("?", "com.example.c"));
  EXPECT_FALSE(found.manifests[1].reading.is_runnable);
  EXPECT_THAT(codes(found), ElementsAre("manifest.too_large"));
}

constexpr std::string_view kCommit = "0123456789abcdef0123456789abcdef01234567";

TEST_F(WalkTest, GitMetadataAreReadFromTheRepositorysFiles) {
  add_agent("repo/agents/a", "com.example.a");
  write("repo/.git/HEAD", "ref: refs/heads/main\n");
  write("repo/.git/refs/heads/main", std::string(kCommit) + "\n");
  write("repo/.git/config",
        "[core]\n\turl = no\n[remote \"up\"]\n\turl = https://up.example/x\n"
        "[remote \"origin\"]\n\turl = https://ada:secret@example.com/x.git\n");
  const auto git = run().manifests.at(0).git.value();
  EXPECT_EQ(git, (GitMetadata{"https://example.com/x.git", "main", std::string(kCommit)}));
}

TEST_F(WalkTest, APackedRefAndADetachedHeadAreRead) {
  add_agent("packed", "com.example.packed");
  write("packed/.git/HEAD", "ref: refs/heads/feature/x\n");
  write("packed/.git/packed-refs", fmt::format("# pack-refs\n{} refs/heads/feature/x\n", kCommit));
  add_agent("detached", "com.example.detached");
  write("detached/.git/HEAD", std::string(kCommit) + "\n");
  const auto found = run();
  EXPECT_EQ(found.manifests[0].git, (GitMetadata{"", "", std::string(kCommit)}));
  EXPECT_EQ(found.manifests[1].git, (GitMetadata{"", "feature/x", std::string(kCommit)}));
}

TEST_F(WalkTest, AWorktreeIsFollowedWithinTheRootOnly) {
  add_agent("tree", "com.example.tree");
  write("tree/.git", fmt::format("gitdir: {}\n", folder.file("main/.git/worktrees/tree")));
  write("main/.git/worktrees/tree/HEAD", "ref: refs/heads/side\n");
  write("main/.git/worktrees/tree/commondir", "../..\n");
  write("main/.git/refs/heads/side", std::string(kCommit));
  write("main/.git/config", "[remote \"origin\"]\nurl = git@example.com:x.git\n");
  EXPECT_EQ(run().manifests.at(0).git,
            (GitMetadata{"git@example.com:x.git", "side", std::string(kCommit)}));
  EXPECT_FALSE(run({.roots = {folder.path() / "tree"}}).manifests.at(0).git);
}

TEST_F(WalkTest, HostileGitFilesLeadNowhere) {
  add_agent("a", "com.example.a");
  write("a/.git/HEAD", "ref: refs/../../../../etc/passwd\n");
  write("a/.git/config", "[remote \"origin\"]\nurl = a\x1b[31m\nurl = " + std::string(5000, 'x'));
  EXPECT_EQ(run().manifests.at(0).git, GitMetadata{});
  add_agent("b", "com.example.b");
  write("b/.git", "gitdir: ../../../../../etc\n");
  EXPECT_FALSE(run().manifests.at(1).git);
}

}  // namespace
}  // namespace sovereign::core
