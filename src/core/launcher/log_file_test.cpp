#include "core/launcher/log_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

namespace fs = std::filesystem;

class LogFileTest : public testing::Test {
 protected:
  static std::string line(int number) {
    return format_line({.at = base::Timestamp(std::chrono::seconds(number)),
                        .text = fmt::format("line {}", number)});
  }
  static mode_t mode(const fs::path& path) {
    struct stat status{};
    ::stat(path.c_str(), &status);
    return status.st_mode & 0777U;
  }

  support::TemporaryFolder folder;
  const fs::path agent = fs::path(folder.path()) / "agent";
};

TEST_F(LogFileTest, IsPrivate) {
  const auto log = LogFile::create(agent / "run.log", {});
  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(mode(agent), 0700U);
  EXPECT_EQ(mode(agent / "run.log"), 0600U);
}

TEST_F(LogFileTest, RotatesBySizeAndKeepsTheNewest) {
  const auto size = line(10).size();
  const auto log = LogFile::create(agent / "run.log", {.file_bytes = 4 * size, .files = 3});
  for (int number = 10; number < 40; ++number) ASSERT_TRUE((*log)->append(line(number)));
  EXPECT_LE(fs::file_size(agent / "run.log"), 4 * size);
  EXPECT_TRUE(fs::exists(agent / "run.log.2"));
  EXPECT_FALSE(fs::exists(agent / "run.log.3"));
  const auto tail = read_log(agent / "run.log", 7);
  ASSERT_EQ(tail->size(), 7U);
  EXPECT_EQ(tail->front().text, "line 33");
  EXPECT_EQ(tail->back().text, "line 39");
  EXPECT_EQ(read_log(agent / "run.log", 100)->size(), 10U);
}

TEST_F(LogFileTest, TheLogsOfTheOldestRunsGo) {
  for (int run = 0; run < 6; ++run) {
    const auto path = agent / fmt::format("run{}.log", run);
    ASSERT_TRUE(LogFile::create(path, {.runs = 3}).has_value());
    fs::last_write_time(path, fs::file_time_type(std::chrono::seconds(run)));
    std::error_code ignored;
    fs::copy_file(path, path.native() + ".1", ignored);
    fs::last_write_time(path.native() + ".1", fs::file_time_type(std::chrono::seconds(run)));
  }
  std::vector<std::string> left;
  for (const auto& file : fs::directory_iterator(agent)) left.push_back(file.path().filename());
  EXPECT_THAT(left, testing::UnorderedElementsAre("run3.log", "run3.log.1", "run4.log",
                                                  "run4.log.1", "run5.log", "run5.log.1"));
}

TEST_F(LogFileTest, AFolderOfAnotherKindIsRefused) {
  fs::create_directory(agent);
  fs::permissions(agent, fs::perms::all);
  const auto log = LogFile::create(agent / "run.log", {});
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, ErrorCode::unavailable);
}

TEST_F(LogFileTest, AMissingLogIsNotFound) {
  EXPECT_EQ(read_log(agent / "none.log", 1).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace sovereign::core
