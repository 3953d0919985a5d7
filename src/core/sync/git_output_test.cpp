#include "core/sync/git_output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sovereign::core {
namespace {

using namespace std::string_literals;

const std::string kA(40, 'a');
const std::string kB(40, 'b');

TEST(GitListing, SaysKindObjectSizeAndPath) {
  const auto entries = read_listing(
      "100644 blob " + kA + "      12\tlib/a b.ex\0"s + "100755 blob " + kB + "       0\trun\0"s +
      "120000 blob " + kA + "       4\tlink\0"s + "160000 commit " + kB + "       -\tsub\0"s);
  ASSERT_TRUE(entries);
  using enum TreeEntry::Kind;
  EXPECT_THAT(*entries, testing::ElementsAre(TreeEntry{file, kA, 12, "lib/a b.ex"},
                                             TreeEntry{executable, kB, 0, "run"},
                                             TreeEntry{symlink, kA, 4, "link"},
                                             TreeEntry{submodule, kB, 0, "sub"}));
}

TEST(GitListing, AnythingElseIsRefused) {
  for (const auto& output : {"100644 blob "s + kA + " 12\ta"s,        // no end
                             "100644 blob "s + kA + "\0"s,            // no size, no path
                             "100644 blob short 12\ta\0"s,            // no object
                             "100644 blob "s + kA + " twelve\ta\0"s,  // no number
                             "100644 blob "s + kA + " 99999999999999999999\ta\0"s}) {
    EXPECT_FALSE(read_listing(output));
  }
  EXPECT_TRUE(read_listing("")->empty());
}

TEST(GitBatch, GivesEachBlobWhateverItHolds) {
  const auto blobs = read_batch(kA + " blob 5\na\nb\0c\n"s + kB + " blob 0\n\n", {kA, kB});
  ASSERT_TRUE(blobs);
  EXPECT_THAT(*blobs, testing::ElementsAre("a\nb\0c"s, ""));
}

TEST(GitBatch, EveryCutIsNoticed) {
  const auto whole = kA + " blob 5\nhello\n" + kB + " blob 2\nhi\n";
  ASSERT_TRUE(read_batch(whole, {kA, kB}));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(read_batch(whole.substr(0, length), {kA, kB})) << length;
  }
  EXPECT_FALSE(read_batch(whole + "x", {kA, kB}));
}

TEST(GitBatch, AMissingObjectOrAnotherKindIsRefused) {
  EXPECT_FALSE(read_batch(kA + " missing\n", {kA}));
  EXPECT_FALSE(read_batch(kA + " tree 2\nab\n", {kA}));
  EXPECT_FALSE(read_batch(kB + " blob 2\nab\n", {kA}));
}

TEST(RemoteRefs, ATagGoesBeforeABranchAndMeansItsCommit) {
  const std::string commit(40, 'c');
  const auto output =
      kA + "\trefs/heads/v1\n" + kB + "\trefs/tags/v1\n" + commit + "\trefs/tags/v1^{}\n";
  const auto found = find_remote_ref(output, GitRef::parse("v1").value());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "refs/tags/v1");
  EXPECT_EQ(found->commit.text(), commit);
}

TEST(RemoteRefs, OnlyTheWholeNameCounts) {
  const auto output = kA + "\trefs/heads/x/main\n" + kB + "\trefs/remotes/main\n" + kB + "\tmain\n";
  EXPECT_FALSE(find_remote_ref(output, GitRef::parse("main").value()));
  const auto full =
      find_remote_ref(kA + "\trefs/heads/main\n", GitRef::parse("refs/heads/main").value());
  ASSERT_TRUE(full);
  EXPECT_EQ(full->name, "refs/heads/main");
  EXPECT_EQ(find_remote_ref(kB + "\tHEAD\n", GitRef::head())->name, "HEAD");
}

}  // namespace
}  // namespace sovereign::core
