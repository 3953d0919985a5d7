#include "core/home.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

TEST(Home, PreparesFoldersForTheUserAlone) {
  const support::TemporaryFolder folder;
  const Home home(folder.path() / "home");
  ASSERT_TRUE(home.prepare());
  struct stat status{};
  ASSERT_EQ(::stat(home.state().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_TRUE(home.prepare()) << "a second time";
}

TEST(Home, RefusesAFolderThatOthersCanEnter) {
  const support::TemporaryFolder folder;
  const Home home(folder.path() / "home");
  ASSERT_TRUE(home.prepare());
  ASSERT_EQ(::chmod(home.agents().c_str(), 0755), 0);
  const auto prepared = home.prepare();
  ASSERT_FALSE(prepared);
  EXPECT_NE(prepared.error().detail.find("chmod 700"), std::string::npos);
}

TEST(Home, RefusesALinkInPlaceOfAFolder) {
  const support::TemporaryFolder folder;
  const Home home(folder.path() / "home");
  std::filesystem::create_directory(folder.path() / "elsewhere");
  std::filesystem::create_directory_symlink(folder.path() / "elsewhere", home.root());
  EXPECT_FALSE(home.prepare());
}

}  // namespace
}  // namespace sovereign::core
