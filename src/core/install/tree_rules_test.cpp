#include "core/install/tree_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

using testing::HasSubstr;

TreeEntry file(std::string path, std::uint64_t size = 1,
               TreeEntry::Kind kind = TreeEntry::Kind::file) {
  return {kind, std::string(40, 'a'), size, std::move(path)};
}

std::string refusal(std::vector<TreeEntry> listing, std::string_view project = "") {
  const auto plan = plan_export(std::move(listing), project, {});
  if (plan) return "";
  EXPECT_EQ(plan.error().name, to_string(CoreCode::install_invalid_tree));
  return plan.error().detail;
}

TEST(TreeRules, PlainFilesAreTaken) {
  const auto plan =
      plan_export({file("mix.exs"), file("lib/ü.ex"), file(".gitignore"), file(".github/x"),
                   file("a.git/x"), file("bin/run", 1, TreeEntry::Kind::executable)},
                  "", {});
  ASSERT_TRUE(plan) << plan.error().detail;
  EXPECT_EQ(plan->files.size(), 6U);
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(TreeRules, PathsThatLeadElsewhereAreRefused) {
  for (const std::string path : {"../x", "a/../b", "/etc/passwd", "a//b", "./a", "a/.", "a/", "",
                                 "a\\b", "a\nb", "a\x7f", "\xff\xfe",
                                 "a\xe2\x80\x8b"
                                 "b",
                                 "a/\xe2\x80\xae"
                                 "txt"}) {
    EXPECT_NE(refusal({file(path)}), "") << path;
  }
}

TEST(TreeRules, NamesThatSomeFileSystemTakesForGitsFolderAreRefused) {
  for (const std::string path :
       {".git", ".git/config", "a/.git/hooks/x", ".GIT/x", ".Git", ".git.", ".git /x", ".git...",
        "git~1", "GIT~1/config", ".git::$INDEX_ALLOCATION", ".git:x", ".g\xe2\x80\x8cit/config"}) {
    EXPECT_NE(refusal({file(path)}), "") << path;
  }
}

TEST(TreeRules, LongAndDeepPathsAreRefused) {
  EXPECT_NE(refusal({file(std::string(201, 'a'))}), "");
  EXPECT_NE(refusal({file(std::string(150, 'a') + "/" + std::string(199, 'b') + "/" +
                          std::string(199, 'c'))}),
            "");
  std::string deep = "a";
  for (int i = 0; i < 32; ++i) deep += "/a";
  EXPECT_NE(refusal({file(deep)}), "");
}

TEST(TreeRules, LinksAreRefusedAndSubmodulesLeftOut) {
  EXPECT_THAT(refusal({file("link", 3, TreeEntry::Kind::symlink)}), HasSubstr("symbolic link"));
  EXPECT_NE(refusal({file("odd", 3, TreeEntry::Kind::other)}), "");
  const auto plan = plan_export({file("a"), file("sub", 0, TreeEntry::Kind::submodule)}, "", {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->files.size(), 1U);
  EXPECT_THAT(plan->warnings, testing::ElementsAre(HasSubstr("sub")));
}

TEST(TreeRules, BuildOutputBesideTheManifestIsRefused) {
  EXPECT_NE(refusal({file("_build/prod/x.beam")}), "");
  EXPECT_NE(refusal({file("deps/x/mix.exs")}), "");
  EXPECT_NE(refusal({file("apps/a/deps/x")}, "apps/a"), "");
  EXPECT_EQ(refusal({file("deps_of_mine/x"), file("apps/a/deps/x")}), "");
  EXPECT_EQ(refusal({file("deps/x")}, "apps/a"), "");
}

TEST(TreeRules, SizesAndCountsAreBounded) {
  const TreeLimits limits{.files = 2, .file_bytes = 10, .total_bytes = 15};
  EXPECT_TRUE(plan_export({file("a", 10), file("b", 5)}, "", limits));
  EXPECT_FALSE(plan_export({file("a", 11)}, "", limits));
  EXPECT_FALSE(plan_export({file("a", 10), file("b", 6)}, "", limits));
  EXPECT_FALSE(plan_export({file("a"), file("b"), file("c")}, "", limits));
}

TEST(TreeRules, WhatIsShownOfAPathIsPrintable) {
  EXPECT_EQ(shown_path("a\x1b[31m\n\xff"), "a?[31m??");
  EXPECT_EQ(shown_path(std::string(300, 'a')).size(), 200U);
}

}  // namespace
}  // namespace sovereign::core
