#include "core/install/tree_snapshot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/errors.hpp"
#include "core/install/tree_writer.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

class TreeTest : public testing::Test {
 protected:
  fs::path tree() const { return folder_.path() / "tree"; }
  void put(const std::string& path, std::string_view text) const {
    fs::create_directories((tree() / path).parent_path());
    std::ofstream(tree() / path) << text;
  }
  TreeSnapshot sources(std::string_view project = "") const {
    return take_snapshot(tree(), project, TreePart::sources).value();
  }
  std::vector<std::string> names(const TreeSnapshot& snapshot) const {
    std::vector<std::string> found;
    for (const auto& [path, value] : snapshot) found.push_back(path);
    return found;
  }

  support::TemporaryFolder folder_{"tree"};
};

TEST_F(TreeTest, SourcesAndBuildOutputAreTwoParts) {
  put("mix.exs", "1");
  put("lib/a.ex", "2");
  put("_build/prod/a.beam", "3");
  put("deps/x/mix.exs", "4");
  EXPECT_THAT(names(sources()), ElementsAre("lib/a.ex", "mix.exs"));
  EXPECT_THAT(names(take_snapshot(tree(), "", TreePart::build_output).value()),
              ElementsAre("_build/prod/a.beam", "deps/x/mix.exs"));
  put("apps/a/_build/x", "5");
  EXPECT_THAT(names(take_snapshot(tree(), "apps/a", TreePart::build_output).value()),
              ElementsAre("apps/a/_build/x"));
  EXPECT_THAT(names(sources("apps/a")),
              ElementsAre("_build/prod/a.beam", "deps/x/mix.exs", "lib/a.ex", "mix.exs"));
}

TEST_F(TreeTest, EveryChangeChangesTheDigest) {
  put("a", "1");
  put("b", "2");
  const auto before = sources();
  const auto hash = digest_of(before);
  EXPECT_TRUE(verify_sources(tree(), "", hash));
  ::chmod((tree() / "a").c_str(), 0755);
  put("b", "3");
  put("c", "");
  const auto changes = compare_snapshots(before, sources());
  EXPECT_THAT(changes.changed, ElementsAre("a", "b"));
  EXPECT_THAT(changes.added, ElementsAre("c"));
  EXPECT_EQ(verify_sources(tree(), "", hash).error().name,
            to_string(CoreCode::install_invalid_tree));
}

TEST_F(TreeTest, LinksAreHashedNotFollowed) {
  put("a", "1");
  std::ofstream(folder_.file("outside")) << "secret";
  fs::create_symlink(folder_.file("outside"), tree() / "link");
  fs::create_directory_symlink(folder_.path(), tree() / "out");
  const auto before = sources();
  EXPECT_THAT(names(before), ElementsAre("a", "link", "out"));
  std::ofstream(folder_.file("outside")) << "changed";
  EXPECT_EQ(sources(), before);
}

TEST_F(TreeTest, WhatIsNoFileIsRefused) {
  put("a", "1");
  ASSERT_EQ(::mkfifo((tree() / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(take_snapshot(tree(), "", TreePart::sources));
}

TEST_F(TreeTest, TheWriterMakesFilesWithExactModes) {
  auto writer = TreeWriter::make(tree()).value();
  ASSERT_TRUE(writer.write("a/b/c.ex", "text", FileMode::plain));
  ASSERT_TRUE(writer.write("a/run", "#!", FileMode::executable));
  ASSERT_TRUE(writer.finish());
  struct stat status{};
  ::stat((tree() / "a/b/c.ex").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  ::stat((tree() / "a/run").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
  ::stat((tree() / "a/b").c_str(), &status);
  EXPECT_EQ(status.st_mode & 07777, 0700U);
}

TEST_F(TreeTest, TheWriterReplacesAndFollowsNothing) {
  auto writer = TreeWriter::make(tree()).value();
  EXPECT_FALSE(TreeWriter::make(tree()));
  ASSERT_TRUE(writer.write("a", "1", FileMode::plain));
  EXPECT_FALSE(writer.write("a", "2", FileMode::plain));
  EXPECT_FALSE(writer.write("a/b", "2", FileMode::plain));
  // Somebody puts links into the folder meanwhile.
  fs::create_directory_symlink(folder_.path(), tree() / "out");
  fs::create_symlink(folder_.file("target"), tree() / "link");
  EXPECT_FALSE(writer.write("out/x", "2", FileMode::plain));
  EXPECT_FALSE(writer.write("link", "2", FileMode::plain));
  EXPECT_FALSE(writer.write("../x", "2", FileMode::plain));
  EXPECT_FALSE(writer.write("/tmp/sovereign-escape", "2", FileMode::plain));
  EXPECT_FALSE(fs::exists(folder_.file("x")));
  EXPECT_FALSE(fs::exists(folder_.file("target")));
  EXPECT_FALSE(fs::exists("/tmp/sovereign-escape"));
}

}  // namespace
}  // namespace sovereign::core
