#include "core/sync/git_source.hpp"

#include <gtest/gtest.h>

namespace sovereign::core {
namespace {

std::string accepted(std::string_view text, LocalRepositories local = LocalRepositories::refused) {
  const auto url = GitUrl::parse(text, local);
  return url ? url->text() : "refused";
}

TEST(GitUrl, TakesHttpsSshAndTheShortFormOfSsh) {
  EXPECT_EQ(accepted("https://example.org/a/b.git"), "https://example.org/a/b.git");
  EXPECT_EQ(accepted("https://example.org:8443/a"), "https://example.org:8443/a");
  EXPECT_EQ(accepted("https://[2001:db8::1]:443/a"), "https://[2001:db8::1]:443/a");
  EXPECT_EQ(accepted("ssh://git@example.org:22/~me/a.git"), "ssh://git@example.org:22/~me/a.git");
  EXPECT_EQ(accepted("git@example.org:group/a.git"), "git@example.org:group/a.git");
  EXPECT_EQ(GitUrl::parse("git@example.org:a", LocalRepositories::refused)->transport(),
            GitUrl::Transport::ssh);
}

TEST(GitUrl, PasswordsAndUserNamesOfHttpsAreDropped) {
  EXPECT_EQ(accepted("https://user:secret@example.org/a"), "https://example.org/a");
  EXPECT_EQ(accepted("https://token@example.org/a"), "https://example.org/a");
  EXPECT_EQ(accepted("https://a:b@c:d@example.org/a"), "https://example.org/a");
  EXPECT_EQ(accepted("ssh://git:secret@example.org/a"), "ssh://git@example.org/a");
}

TEST(GitUrl, WhatGitCouldTakeForSomethingElseIsRefused) {
  for (const std::string_view url : {"",
                                     "-oProxyCommand=id",
                                     "--upload-pack=id",
                                     "ext::sh -c id",
                                     "ext::id",
                                     "http://example.org/a",
                                     "git://example.org/a",
                                     "ftp://example.org/a",
                                     "file:///a",
                                     "/a",
                                     "./a",
                                     "../a",
                                     "a/b",
                                     "https://",
                                     "https://example.org",
                                     "https://example.org/",
                                     "https:///a",
                                     "https://-host/a",
                                     "ssh://-oProxyCommand=id/a",
                                     "ssh://-u@example.org/a",
                                     "-u@example.org:a",
                                     "git@-oProxyCommand=id:a",
                                     "git@example.org:-a",
                                     "git@example.org:",
                                     "git@example.org::a",
                                     "https://example.org/a?token=1",
                                     "https://example.org/a#b",
                                     "https://example.org/a b",
                                     "https://example.org/a\nb",
                                     "https://example.org/a\x7f",
                                     "https://example.org/a/../b",
                                     "https://ex\xc3\xa4mple.org/a",
                                     "https://example.org/$(id)",
                                     "https://example.org/`id`",
                                     "https://example.org:99999999/a",
                                     "HTTPS://example.org/a"}) {
    EXPECT_EQ(accepted(url), "refused") << url;
  }
  EXPECT_EQ(accepted("https://example.org/" + std::string(3000, 'a')), "refused");
  EXPECT_EQ(accepted(std::string_view("https://example.org/a\0b", 23)), "refused");
}

TEST(GitUrl, PlacesOnThisMachineNeedToBeAllowed) {
  EXPECT_EQ(accepted("file:///srv/a.git", LocalRepositories::allowed), "file:///srv/a.git");
  EXPECT_EQ(accepted("/srv/a.git", LocalRepositories::allowed), "/srv/a.git");
  EXPECT_EQ(accepted("file://host/srv/a.git", LocalRepositories::allowed), "refused");
  EXPECT_EQ(accepted("file:///srv/../etc", LocalRepositories::allowed), "refused");
  EXPECT_EQ(accepted("file:///srv/%2e%2e/etc", LocalRepositories::allowed), "refused");
  EXPECT_EQ(accepted("srv/a.git", LocalRepositories::allowed), "refused");
}

TEST(GitRef, TakesBranchesTagsAndCommits) {
  for (const std::string_view ref :
       {"main", "HEAD", "v1.2.3", "feature/x", "1.0+build.5", "refs/heads/main", "refs/tags/v1"}) {
    EXPECT_TRUE(GitRef::parse(ref)) << ref;
  }
  const std::string commit = "0123456789abcdef0123456789abcdef01234567";
  EXPECT_EQ(GitRef::parse(commit)->commit()->text(), commit);
  EXPECT_FALSE(GitRef::parse("main")->commit());
}

TEST(GitRef, RefusesWhatCouldBeAnOptionAPathOrARefspec) {
  for (const std::string_view ref : {"",
                                     "-x",
                                     "--upload-pack=id",
                                     "a..b",
                                     "../a",
                                     "/a",
                                     "a/",
                                     "a//b",
                                     ".a",
                                     "a/.b",
                                     "a/-b",
                                     "a.",
                                     "a.lock",
                                     "a.lock/b",
                                     "a b",
                                     "a:b",
                                     "+a:b ",
                                     "a~1",
                                     "a^",
                                     "a@{1}",
                                     "a*",
                                     "a?",
                                     "a[",
                                     "a\\b",
                                     "a\nb",
                                     "refs/pull/1/head",
                                     "refs/notes/x",
                                     "\xc3\xa4"}) {
    EXPECT_FALSE(GitRef::parse(ref)) << ref;
  }
  EXPECT_FALSE(GitRef::parse(std::string(256, 'a')));
}

TEST(CommitId, IsFortyLowerCaseHexDigits) {
  EXPECT_TRUE(CommitId::parse(std::string(40, 'a')));
  EXPECT_FALSE(CommitId::parse(std::string(39, 'a')));
  EXPECT_FALSE(CommitId::parse(std::string(40, 'A')));
  EXPECT_FALSE(CommitId::parse(std::string(40, 'g')));
}

}  // namespace
}  // namespace sovereign::core
