#include "core/sync/git.hpp"

#include "core/install/install_fixture.hpp"

namespace sovereign::core {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class GitTest : public InstallFixture {
 protected:
  GitTest() {
    hello.put("a.txt", "one");
    first = hello.commit();
  }
  Result<CommitId> fetch(std::string_view ref) {
    return run(git.fetch(mirror, url(), GitRef::parse(ref).value()));
  }
  GitUrl url() const { return GitUrl::parse(hello.url(), LocalRepositories::allowed).value(); }
  std::string subcommands() const {
    std::string names;
    for (const auto& command : runner.commands) {
      for (const std::string_view name :
           {"init", "ls-remote", "fetch", "cat-file", "rev-parse", "ls-tree"}) {
        if (std::ranges::find(command.arguments, name) != command.arguments.end()) {
          (names += name) += ' ';
        }
      }
    }
    return names;
  }

  fs::path mirror = home.root() / "mirrors" / "x.git";
  std::string first;
};

TEST_F(GitTest, FindsBranchesTagsCommitsAndHead) {
  hello.git("tag -a v1 -m v1");
  hello.put("a.txt", "two");
  const auto second = hello.commit();
  EXPECT_EQ(fetch("main")->text(), second);
  EXPECT_EQ(fetch("v1")->text(), first);
  EXPECT_EQ(fetch("HEAD")->text(), second);
  EXPECT_EQ(fetch("refs/heads/main")->text(), second);
  EXPECT_EQ(fetch(first)->text(), first);
}

TEST_F(GitTest, ACommitIsFoundOnAnyBranchOfAFreshMirror) {
  hello.git("checkout --quiet -b other");
  hello.put("b.txt", "b");
  const auto other = hello.commit();
  EXPECT_EQ(fetch(other)->text(), other);
}

TEST_F(GitTest, WhatIsNotThereIsNamed) {
  const auto missing = fetch("nothing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().name, to_string(CoreCode::install_fetch_failed));
  EXPECT_THAT(missing.error().detail, HasSubstr("no branch or tag \"nothing\""));
  EXPECT_FALSE(fetch(std::string(40, 'a')));
  const auto gone = GitUrl::parse("/nonexistent/x.git", LocalRepositories::allowed).value();
  EXPECT_FALSE(run(git.fetch(mirror, gone, GitRef::head())));
}

TEST_F(GitTest, NothingIsDownloadedTwice) {
  ASSERT_TRUE(fetch("main"));
  EXPECT_THAT(subcommands(), HasSubstr(" fetch "));
  runner.commands.clear();
  ASSERT_TRUE(fetch("main"));
  EXPECT_EQ(subcommands(), "ls-remote cat-file ");
}

TEST_F(GitTest, ListsAndReadsABareRepositoryOnly) {
  const std::string binary("\0\xff\n", 3);
  hello.put("bin/data", binary);
  const auto commit = CommitId::parse(hello.commit()).value();
  ASSERT_TRUE(fetch("main"));
  const auto listing = get(run(git.list(mirror, commit, ListingScope::everything)));
  ASSERT_EQ(listing.entries.size(), 2U);
  EXPECT_EQ(listing.tree.size(), 40U);
  const auto blobs = get(run(git.read(mirror, listing.entries)));
  EXPECT_THAT(blobs, testing::ElementsAre("one", binary));
  EXPECT_FALSE(fs::exists(mirror / "hooks"));
  EXPECT_FALSE(fs::exists(mirror / ".git"));
}

TEST_F(GitTest, NothingOfARepositoryIsExecuted) {
  const auto canary = folder.file("canary");
  const auto command = "touch " + canary;
  for (const char* hook : {"post-checkout", "pre-push", "post-update", "post-merge",
                           "reference-transaction", "post-index-change"}) {
    const auto path = fmt::format(".git/hooks/{}", hook);
    hello.put(path, "#!/bin/sh\n" + command + "\n");
    fs::permissions(hello.folder() / path, fs::perms::owner_all);
  }
  hello.put(".gitattributes", "* filter=evil diff=evil\n");
  hello.put("mix.exs", "File.write!(\"" + canary + "\", \"\")");
  const auto commit = hello.commit();
  fs::remove(canary);
  hello.git("config core.fsmonitor '" + command + "'");
  hello.git("config filter.evil.smudge '" + command + "'");
  hello.git("config filter.evil.clean '" + command + "'");
  hello.git("config diff.external '" + command + "'");
  hello.git("config core.sshCommand '" + command + "'");
  hello.git("config uploadpack.packObjectsHook '" + command + "'");
  fs::remove(canary);
  ASSERT_TRUE(fetch("main"));
  const auto listing =
      get(run(git.list(mirror, CommitId::parse(commit).value(), ListingScope::everything)));
  ASSERT_TRUE(run(git.read(mirror, listing.entries)));
  EXPECT_FALSE(fs::exists(canary));
}

TEST_F(GitTest, AFileOverTheLimitIsCutOffByTheKernel) {
  Git small(runner, pool, {.limits = {.file_bytes = 64 << 10}});
  hello.shell("head -c 400000 /dev/urandom > big");
  hello.commit();
  EXPECT_FALSE(run(small.fetch(mirror, url(), GitRef::head())));
}

TEST_F(GitTest, AMirrorOverTheLimitIsRemoved) {
  Git small(runner, pool, {.limits = {.mirror_bytes = 64 << 10}});
  hello.shell("head -c 400000 /dev/urandom > big");
  hello.commit();
  const auto result = run(small.fetch(mirror, url(), GitRef::head()));
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().detail, HasSubstr("larger than"));
  EXPECT_FALSE(fs::exists(mirror));
}

TEST_F(GitTest, ATreeThatNamesGitsFolderDoesNotComeIn) {
  hello.shell(
      "blob=$(echo evil | git hash-object -w --stdin)\n"
      "sub=$(printf '100644 blob %s\\tconfig\\n' $blob | git mktree)\n"
      "top=$(printf '040000 tree %s\\t.git\\n' $sub | git mktree)\n"
      "git update-ref refs/heads/evil $(git commit-tree -m evil $top)");
  EXPECT_FALSE(fetch("evil"));
}

TEST_F(GitTest, EveryCommandIsHardened) {
  ASSERT_TRUE(fetch("main"));
  for (const auto& command : runner.commands) {
    EXPECT_EQ(command.program, "git");
    EXPECT_THAT(command.arguments, Contains("core.hooksPath=/dev/null"));
    EXPECT_THAT(command.arguments, Contains("http.followRedirects=false"));
    EXPECT_THAT(command.arguments, Contains("protocol.ext.allow=never"));
    EXPECT_EQ(command.environment.at("GIT_CONFIG_GLOBAL"), "/dev/null");
    EXPECT_EQ(command.environment.at("GIT_TERMINAL_PROMPT"), "0");
    EXPECT_EQ(command.environment.at("GIT_SSH_COMMAND"), "/bin/false");
    EXPECT_TRUE(command.limits.file_size);
  }
}

TEST_F(GitTest, OnlyTheUrlsOwnTransportMayBeUsed) {
  const GitOptions options{.network_environment = {{"https_proxy", "http://p"}}};
  using enum GitUrl::Transport;
  const auto of = [&](std::optional<GitUrl::Transport> network) {
    return git_command(options, network, {"x"}).environment;
  };
  EXPECT_EQ(of(https).at("GIT_ALLOW_PROTOCOL"), "https");
  EXPECT_EQ(of(https).at("https_proxy"), "http://p");
  EXPECT_EQ(of(file).at("GIT_ALLOW_PROTOCOL"), "file");
  EXPECT_FALSE(of(file).contains("https_proxy"));
  EXPECT_EQ(of(std::nullopt).at("GIT_ALLOW_PROTOCOL"), "none");
  EXPECT_THAT(of(ssh).at("GIT_SSH_COMMAND"), HasSubstr("BatchMode=yes"));
  EXPECT_THAT(of(ssh).at("GIT_SSH_COMMAND"), Not(HasSubstr("StrictHostKeyChecking=no")));
}

TEST_F(GitTest, HoweverACommandFailsTheNextFetchWorks) {
  int failures = 0;
  for (int n = 1;; ++n) {
    runner.fail_at(n);
    const auto result = fetch("main");
    if (runner.is_armed()) break;
    EXPECT_FALSE(result) << n;
    ++failures;
    ASSERT_TRUE(fetch("main")) << n;
    fs::remove_all(mirror);
  }
  EXPECT_GE(failures, 5);
}

}  // namespace
}  // namespace sovereign::core
