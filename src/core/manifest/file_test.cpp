#include "core/manifest/file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

class ManifestFile : public testing::Test {
 protected:
  void write(const std::string& where, std::string_view text) {
    std::ofstream(folder.file(where)) << text;
  }
  std::string failure(std::string_view relative = kManifestName) {
    const auto bytes = read_manifest_file(folder.path(), relative);
    return bytes ? "none" : std::string(bytes.error().name);
  }

  support::TemporaryFolder folder{"manifest"};
  const std::string name{kManifestName};
};

TEST_F(ManifestFile, ARegularFileIsRead) {
  write(name, "{}");
  EXPECT_EQ(read_manifest_file(folder.path()).value(), "{}");
}

TEST_F(ManifestFile, LinksAreNotFollowedWhereverTheyAre) {
  write("real.json", "{}");
  std::filesystem::create_symlink("real.json", folder.file(name));
  EXPECT_EQ(failure(), "manifest.missing");
  std::filesystem::create_directory(folder.file("inner"));
  write("inner/x.json", "{}");
  std::filesystem::create_directory_symlink("inner", folder.file("link"));
  EXPECT_EQ(failure("inner/x.json"), "none");
  EXPECT_EQ(failure("link/x.json"), "manifest.missing");
}

TEST_F(ManifestFile, NothingOutsideTheFolderIsReached) {
  for (const char* path : {"../etc/passwd", "/etc/passwd", "a/../../x"}) {
    EXPECT_EQ(failure(path), "manifest.missing") << path;
  }
  EXPECT_EQ(failure(std::string_view("a\0b", 3)), "manifest.missing");
}

TEST_F(ManifestFile, PipesAndFoldersAreRefusedWithoutWaiting) {
  ASSERT_EQ(::mkfifo(folder.file(name).c_str(), 0600), 0);
  EXPECT_EQ(failure(), "manifest.missing");
  std::filesystem::create_directory(folder.file("d"));
  EXPECT_EQ(failure("d"), "manifest.missing");
  EXPECT_EQ(failure("none"), "manifest.missing");
}

TEST_F(ManifestFile, OneByteTooManyIsRefused) {
  write(name, std::string(kManifestBytes, ' '));
  EXPECT_EQ(failure(), "none");
  write(name, std::string(kManifestBytes + 1, ' '));
  EXPECT_EQ(failure(), "manifest.too_large");
}

}  // namespace
}  // namespace sovereign::core
