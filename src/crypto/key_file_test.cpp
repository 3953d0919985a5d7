#include "crypto/key_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <thread>
#include <vector>

#include "crypto/random.hpp"

namespace sovereign::crypto {
namespace {

namespace fs = std::filesystem;

class KeyFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "key_file_test.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<std::string> load(std::size_t bytes = 32) {
    return load_or_create_key(path(), bytes, random_);
  }
  fs::path path() const { return folder_ / "jwt.key"; }
  void write(std::string_view content, mode_t mode = 0600) {
    std::ofstream(path(), std::ios::binary) << content;
    ASSERT_EQ(::chmod(path().c_str(), mode), 0);
  }
  std::string refusal() {
    const auto key = load();
    if (key) return "accepted";
    EXPECT_EQ(key.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(key.error().detail.contains("jwt.key")) << key.error().detail;
    return key.error().detail;
  }

  fs::path folder_;
  SystemRandom random_;
};

TEST_F(KeyFileTest, MakesAKeyOnceAndKeepsItPrivate) {
  const auto key = load();
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key->size(), 43U);
  EXPECT_EQ(load().value(), *key);
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(KeyFileTest, ReplacesAKeyByANewOneThatIsPrivateToo) {
  const auto first = load();
  ASSERT_TRUE(first);
  const auto second = replace_key(path(), 32, random_);
  ASSERT_TRUE(second);
  EXPECT_NE(*second, *first);
  EXPECT_EQ(load().value(), *second);
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(KeyFileTest, AReplacementThatFailsLeavesTheKeyAlone) {
  EXPECT_FALSE(replace_key(folder_ / "absent" / "jwt.key", 32, random_));
  const auto first = load();
  ASSERT_TRUE(first);
  fs::create_directory(folder_ / "folder.key");
  EXPECT_FALSE(replace_key(folder_ / "folder.key", 32, random_));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2) << "no draft is left";
  EXPECT_EQ(load().value(), *first);
}

TEST_F(KeyFileTest, GivesEveryoneTheSameKeyWhenManyStartAtOnce) {
  std::vector<std::string> keys(8);
  std::vector<std::jthread> threads;
  for (auto& key : keys) {
    threads.emplace_back([this, &key] { key = load().value_or("failed"); });
  }
  threads.clear();
  EXPECT_EQ(std::set(keys.begin(), keys.end()).size(), 1U);
  EXPECT_EQ(keys[0].size(), 43U);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

TEST_F(KeyFileTest, TakesTheTextOfAnExistingFileWithoutItsLineBreak) {
  write("0123456789abcdef0123456789abcdef\n");
  EXPECT_EQ(load().value(), "0123456789abcdef0123456789abcdef");
  write("0123456789abcdef0123456789abcdef\r\n");
  EXPECT_EQ(load().value(), "0123456789abcdef0123456789abcdef");
}

TEST_F(KeyFileTest, RefusesAFileThatOthersMayAccess) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0666U}) {
    write("0123456789abcdef0123456789abcdef", mode);
    EXPECT_TRUE(refusal().contains("chmod 600")) << mode;
  }
}

TEST_F(KeyFileTest, RefusesASymbolicLink) {
  std::ofstream(folder_ / "target") << "0123456789abcdef0123456789abcdef";
  fs::create_symlink(folder_ / "target", path());
  EXPECT_TRUE(refusal().contains("symbolic link"));
  fs::remove(folder_ / "target");
  EXPECT_TRUE(refusal().contains("symbolic link"));
}

TEST_F(KeyFileTest, RefusesShortLongAndIrregularFiles) {
  write("0123456789abcdef\n");
  EXPECT_TRUE(refusal().contains("less than 32"));
  write("");
  EXPECT_TRUE(refusal().contains("less than 32"));
  write(std::string(5000, 'k'));
  EXPECT_TRUE(refusal().contains("longer than 4096"));
  fs::remove(path());
  fs::create_directory(path());
  EXPECT_TRUE(refusal().contains("not a regular file"));
  fs::remove(path());
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_TRUE(refusal().contains("not a regular file"));
}

TEST_F(KeyFileTest, SaysWhenTheFolderIsMissing) {
  const auto key = load_or_create_key(folder_ / "missing" / "jwt.key", 32, random_);
  EXPECT_TRUE(key.error().detail.contains("No such file")) << key.error().detail;
}

}  // namespace
}  // namespace sovereign::crypto
