#include "telemetry/access_log.hpp"

#include <thread>
#include <vector>

#include "telemetry/scratch_folder_test.hpp"

namespace sovereign::telemetry {
namespace {

class AccessLogTest : public ScratchFolderTest {
 protected:
  AccessLogOptions options(AccessFormat format = AccessFormat::json) {
    return {.target = AccessTarget::file, .file = folder_ / "access", .format = format};
  }
  AccessRecord record() {
    return {.time = clock_.now(),
            .method = "GET",
            .path = "/api/v1/agents/7",
            .route = "/api/v1/agents/{id}",
            .status = 200,
            .bytes_in = 12,
            .bytes_out = 1730,
            .duration = std::chrono::microseconds{87},
            .client = "192.0.2.7",
            .request_id = "r-1",
            .subject = "u-1",
            .user_agent = "curl/8"};
  }

  base::ManualClock clock_;
};

TEST_F(AccessLogTest, WritesOneJsonObjectARequest) {
  {
    AccessLog log(options(), clock_);
    log.write(record());
    log.write({.time = clock_.now(), .method = "GET", .path = "/", .status = 404});
  }
  EXPECT_EQ(
      read("access"),
      R"({"time":"2025-06-15T15:06:40.000000Z","method":"GET","path":"/api/v1/agents/7","route":"/api/v1/agents/{id}","status":200,"bytes_in":12,"bytes_out":1730,"duration_us":87,"client":"192.0.2.7","request_id":"r-1","subject":"u-1","user_agent":"curl/8"})"
      "\n"
      R"({"time":"2025-06-15T15:06:40.000000Z","method":"GET","path":"/","status":404,"bytes_in":0,"bytes_out":0,"duration_us":0})"
      "\n");
}

TEST_F(AccessLogTest, WritesTheCombinedFormat) {
  {
    AccessLog log(options(AccessFormat::combined), clock_);
    log.write(record());
    log.write({.time = clock_.now(), .method = "GET", .path = "/a b\"", .status = 404});
  }
  EXPECT_EQ(read("access"),
            "192.0.2.7 - u-1 [2025-06-15T15:06:40.000000Z] \"GET /api/v1/agents/7 HTTP/1.1\" 200 "
            "1730 \"-\" \"curl/8\" 87\n"
            "- - - [2025-06-15T15:06:40.000000Z] \"GET /a b\\\" HTTP/1.1\" 404 0 \"-\" \"-\" 0\n");
}

TEST_F(AccessLogTest, NeverWritesTheQuery) {
  for (const auto format : {AccessFormat::json, AccessFormat::combined}) {
    AccessLog log(options(format), clock_);
    auto with_query = record();
    with_query.path = "/auth/verify-email?token=BST_secret";
    log.write(with_query);
  }
  EXPECT_TRUE(read("access").contains("/auth/verify-email"));
  EXPECT_FALSE(read("access").contains("secret"));
  EXPECT_FALSE(read("access").contains('?'));
}

TEST_F(AccessLogTest, EscapesWhatClientsSend) {
  {
    AccessLog log(options(), clock_);
    auto evil = record();
    evil.user_agent = "x\"\n{\xff\x1b";
    log.write(evil);
  }
  EXPECT_TRUE(read("access").contains(R"("user_agent":"x\"\n{\ufffd\u001b"})")) << read("access");
}

TEST_F(AccessLogTest, KeepsLinesUntilTheyAreOldEnough) {
  AccessLog log(options(), clock_);
  log.write(record());
  clock_.advance(std::chrono::milliseconds{199});
  log.flush();
  clock_.advance(std::chrono::milliseconds{1});
  EXPECT_EQ(read("access"), "");
  log.flush();
  log.flush_all();
  EXPECT_EQ(std::ranges::count(read("access"), '\n'), 1);
}

TEST_F(AccessLogTest, WritesEveryLineOfEveryThreadOnce) {
  {
    AccessLog log(options(), clock_);
    AccessLog other({.target = AccessTarget::file, .file = folder_ / "other"}, clock_);
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          log.write(record());
          other.write(record());
        }
      });
    }
    for (int i = 0; i < 20; ++i) log.flush_all();
    threads.clear();
    EXPECT_EQ(log.dropped_lines(), 0U);
  }
  EXPECT_EQ(std::ranges::count(read("access"), '\n'), 2000);
  EXPECT_EQ(std::ranges::count(read("other"), '\n'), 2000);
}

TEST_F(AccessLogTest, CountsTheLinesItHadToDrop) {
  auto with = options();
  with.chunk_bytes = 1;
  with.queue_chunks = 1;
  std::uint64_t dropped = 0;
  {
    AccessLog log(with, clock_);
    for (int i = 0; i < 5000; ++i) log.write(record());
    log.flush_all();
    dropped = log.dropped_lines();
  }
  EXPECT_EQ(static_cast<std::uint64_t>(std::ranges::count(read("access"), '\n')) + dropped, 5000U);
}

TEST_F(AccessLogTest, CountsTheLinesAFullDiskSwallowed) {
  AccessLog log({.target = AccessTarget::file, .file = "/dev/full"}, clock_);
  log.write(record());
  log.write(record());
  log.flush_all();
  EXPECT_EQ(log.dropped_lines(), 2U);
}

TEST_F(AccessLogTest, ContinuesInANewFileAfterReopen) {
  AccessLog log(options(), clock_);
  log.write(record());
  log.flush_all();
  std::filesystem::rename(folder_ / "access", folder_ / "access.1");
  ASSERT_TRUE(log.reopen());
  log.write(record());
  log.flush_all();
  EXPECT_EQ(std::ranges::count(read("access.1"), '\n'), 1);
  EXPECT_EQ(std::ranges::count(read("access"), '\n'), 1);
}

TEST_F(AccessLogTest, DoesNothingWhenOff) {
  AccessLog log({}, clock_);
  EXPECT_FALSE(log.is_on());
  log.write(record());
  log.flush();
  log.flush_all();
  EXPECT_TRUE(log.reopen());
  EXPECT_EQ(log.dropped_lines(), 0U);
}

}  // namespace
}  // namespace sovereign::telemetry
