#include "blob/file_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "blob/store_suite.hpp"

namespace sovereign::blob {
namespace {

namespace fs = std::filesystem;

class Files {
 public:
  Store& store() { return *store_; }
  fs::path folder() const { return folder_.path() / "blobs"; }
  void reopen() { store_ = open(); }

 private:
  std::unique_ptr<FileStore> open() {
    FileStore::prepare(folder()).value();
    return std::make_unique<FileStore>(folder(), pool_);
  }

  support::TemporaryFolder folder_{"blobs"};
  async::WorkerPool pool_{{.name = "test", .threads = 2}};
  std::unique_ptr<FileStore> store_ = open();
};

INSTANTIATE_TYPED_TEST_SUITE_P(Files, StoreSuite, Files);

class FileStoreTest : public StoreSuite<Files> {};

TEST_F(FileStoreTest, OnlyTheProgramsUserMayReadFilesAndFolders) {
  ASSERT_TRUE(put("a/b", "x"));
  const auto mode = [](const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777U;
  };
  EXPECT_EQ(mode(engine.folder()), 0700U);
  EXPECT_EQ(mode(engine.folder() / "a"), 0700U);
  EXPECT_EQ(mode(engine.folder() / "a" / "b"), 0600U);
}

TEST_F(FileStoreTest, AFailedPutLeavesNothingBehind) {
  auto content = content_of("altered");
  content.sha256 = crypto::sha256("original");
  EXPECT_FALSE(support::await(engine.store().put(key_of("a"), content)));
  EXPECT_TRUE(fs::is_empty(engine.folder() / ".unfinished"));
}

TEST_F(FileStoreTest, WhatACrashLeftUnfinishedIsGoneAfterTheNextStart) {
  std::ofstream(engine.folder() / ".unfinished" / "left") << "half";
  ASSERT_TRUE(put("a", "x"));
  engine.reopen();
  EXPECT_TRUE(fs::is_empty(engine.folder() / ".unfinished"));
  EXPECT_EQ(get("a"), "x");
}

TEST_F(FileStoreTest, AReaderKeepsItsObjectWhenThatIsReplaced) {
  const std::string old(3 * kBlockBytes, 'o');
  ASSERT_TRUE(put("a", old));
  auto reader = support::await(engine.store().get(key_of("a")));
  ASSERT_TRUE(reader);
  ASSERT_TRUE(put("a", "new"));
  EXPECT_TRUE(read_all(**reader) == old);
}

TEST_F(FileStoreTest, AFileThatWasCutShortIsAnErrorAndNoShortRead) {
  ASSERT_TRUE(put("a", std::string(100, 'x')));
  auto reader = support::await(engine.store().get(key_of("a")));
  ASSERT_TRUE(reader);
  fs::resize_file(engine.folder() / "a", 50);
  EXPECT_EQ(read_all(**reader), "<unavailable>");
}

TEST_F(FileStoreTest, AFolderThatIsGoneIsUnavailableUntilItIsBack) {
  const auto away = engine.folder().parent_path() / "away";
  fs::rename(engine.folder(), away);
  std::ofstream(engine.folder()) << "not a folder";
  EXPECT_EQ(put("a", "x").error().code, ErrorCode::unavailable);
  EXPECT_EQ(support::await(engine.store().check()).error().code, ErrorCode::unavailable);
  fs::remove(engine.folder());
  fs::rename(away, engine.folder());
  EXPECT_TRUE(put("a", "x"));
  EXPECT_TRUE(support::await(engine.store().check()));
}

}  // namespace
}  // namespace sovereign::blob
