#include "mail/outbox_mailer.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <set>

#include "async/block_on.hpp"
#include "mail/counting_random_test.hpp"

namespace sovereign::mail {
namespace {

namespace fs = std::filesystem;

class OutboxMailerTest : public testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (fs::temp_directory_path() / "outbox_test.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<void> send(std::string subject) {
    return async::block_on(
        mailer_->send({.to = "dev@example.org", .subject = std::move(subject), .text = "Hello\n"}));
  }
  std::set<fs::path> files() const {
    std::set<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_ / "outbox")) found.insert(entry.path());
    return found;
  }

  fs::path folder_;
  async::WorkerPool pool_{{.threads = 1}};
  base::ManualClock clock_;
  CountingRandom random_;
  std::unique_ptr<OutboxMailer> mailer_;
  void make_mailer() {
    mailer_ = std::make_unique<OutboxMailer>(folder_ / "outbox", "registry@example.com", pool_,
                                             clock_, random_);
  }
};

TEST_F(OutboxMailerTest, WritesEachMailToAPrivateFileInOrder) {
  make_mailer();
  for (const char* subject : {"first", "second"}) ASSERT_TRUE(send(subject));
  clock_.advance(std::chrono::seconds{1});
  ASSERT_TRUE(send("third"));
  const auto found = files();
  ASSERT_EQ(found.size(), 3U);
  const char* expected[] = {"first", "second", "third"};
  std::size_t i = 0;
  for (const auto& path : found) {
    EXPECT_TRUE(path.filename().string().starts_with("20250615T1506")) << path;
    EXPECT_EQ(path.extension(), ".eml");
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    std::ifstream file(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    EXPECT_TRUE(text.contains(std::string("Subject: ") + expected[i++] + "\r\n"));
    EXPECT_TRUE(text.ends_with("\r\n\r\nHello\r\n"));
  }
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "outbox").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(OutboxMailerTest, WritesNothingForAMailThatCannotBe) {
  make_mailer();
  EXPECT_EQ(send("two\nlines").error().code, ErrorCode::unprocessable);
  EXPECT_FALSE(fs::exists(folder_ / "outbox"));
}

TEST_F(OutboxMailerTest, IsUnavailableWhenTheFolderCannotBeWritten) {
  std::ofstream(folder_ / "outbox") << "a file in its place";
  make_mailer();
  const auto outcome = send("subject");
  EXPECT_EQ(outcome.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(outcome.error().detail.contains("outbox"));
}

}  // namespace
}  // namespace sovereign::mail
