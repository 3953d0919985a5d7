#include "telemetry/log.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <system_error>
#include <thread>
#include <vector>

#include "telemetry/scratch_folder_test.hpp"

namespace sovereign::telemetry {
namespace {

class LogTest : public ScratchFolderTest {
 protected:
  LogOptions options(LogFormat format = LogFormat::json) {
    return {.file = folder_ / "log", .format = format, .level = Level::info, .queue_lines = 1000};
  }
  /// The log's text after `write` used it.
  template <typename Write>
  std::string logged(LogOptions with, Write write) {
    {
      Log log(std::move(with), clock_);
      write(log);
    }
    return read("log");
  }

  base::ManualClock clock_;  // 2025-06-15T15:06:40Z
};

TEST_F(LogTest, WritesOneJsonObjectALine) {
  const auto text = logged(options(), [](Log& log) {
    log.info("server_ready",
             {{"url", "http://127.0.0.1:8000"}, {"agents", 465}, {"ratio", 0.5}, {"tls", false}});
    log.error("database_lost");
  });
  EXPECT_EQ(
      text,
      R"({"time":"2025-06-15T15:06:40.000000Z","level":"info","event":"server_ready","url":"http://127.0.0.1:8000","agents":465,"ratio":0.5,"tls":false})"
      "\n"
      R"({"time":"2025-06-15T15:06:40.000000Z","level":"error","event":"database_lost"})"
      "\n");
}

TEST_F(LogTest, WritesTextForPeople) {
  clock_.advance(std::chrono::microseconds{1'000'042});
  const auto text = logged(options(LogFormat::text), [](Log& log) {
    log.warning("slow_request",
                {{"path", "/api/v1/agents"}, {"note", "two words"}, {"empty", ""}, {"ms", 12}});
  });
  EXPECT_EQ(text,
            "2025-06-15T15:06:41.000042Z warning slow_request path=/api/v1/agents note=\"two "
            "words\" empty=\"\" ms=12\n");
}

TEST_F(LogTest, SkipsEventsBelowItsLevel) {
  EXPECT_EQ(logged(options(), [](Log& log) { log.debug("noise"); }), "");
}

TEST_F(LogTest, LetsNoValueBreakOutOfItsLine) {
  using namespace std::string_literals;
  const auto evil =
      "\"}\n{\"level\":\"x\\\r\t\x1b[31m\x7f\xc2\x9b\xff\xed\xa0\x80 \xc3\xa9\xf0\x9f\x98\x80 \0."s;
  const auto text = logged(options(), [&](Log& log) { log.info("e", {{"v", evil}}); });
  EXPECT_EQ(
      text,
      R"({"time":"2025-06-15T15:06:40.000000Z","level":"info","event":"e","v":"\"}\n{\"level\":\"x\\\r\t\u001b[31m\u007f\u009b\ufffd\ufffd\ufffd\ufffd )"
      "\xc3\xa9\xf0\x9f\x98\x80 "
      R"(\u0000."})"
      "\n");
  std::filesystem::remove(folder_ / "log");
  const auto plain =
      logged(options(LogFormat::text), [&](Log& log) { log.info("e", {{"v", evil}}); });
  EXPECT_EQ(std::ranges::count(plain, '\n'), 1);
}

TEST_F(LogTest, CutsLongValuesBetweenCharacters) {
  const auto text = logged(options(), [](Log& log) {
    log.info("e", {{"v", "x" + std::string(kMaxLoggedValueBytes, 'y')}});
    std::string accents = "x";
    while (accents.size() <= kMaxLoggedValueBytes) accents += "\xc3\xa9";
    log.info("e", {{"v", accents}});
  });
  EXPECT_TRUE(text.contains("xy"));
  EXPECT_TRUE(text.contains("yyy\xe2\x80\xa6\""));
  EXPECT_TRUE(text.contains("\xc3\xa9\xe2\x80\xa6\"")) << text;
  EXPECT_FALSE(text.contains("ufffd"));
}

TEST_F(LogTest, WritesNumbersThatJsonDoesNotKnow) {
  const auto text = logged(options(), [](Log& log) {
    log.info("e", {{"a", std::numeric_limits<double>::infinity()},
                   {"b", std::numeric_limits<std::uint64_t>::max()},
                   {"c", -1}});
  });
  EXPECT_TRUE(text.contains(R"("a":null,"b":9223372036854775807,"c":-1)")) << text;
}

TEST_F(LogTest, ContinuesInANewFileAfterReopen) {
  Log log(options(), clock_);
  log.info("before");
  log.flush();
  std::filesystem::rename(folder_ / "log", folder_ / "log.1");
  ASSERT_TRUE(log.reopen());
  log.info("after");
  log.flush();
  EXPECT_TRUE(read("log.1").contains("before"));
  EXPECT_TRUE(read("log").contains("after"));
  EXPECT_FALSE(read("log").contains("before"));
}

TEST_F(LogTest, KeepsTheOldFileWhenReopeningFails) {
  std::filesystem::create_directory(folder_ / "logs");
  auto with = options();
  with.file = folder_ / "logs" / "log";
  Log log(with, clock_);
  std::filesystem::rename(folder_ / "logs", folder_ / "moved");
  EXPECT_EQ(log.reopen().error().code, ErrorCode::unavailable);
  log.info("still_here");
  log.flush();
  EXPECT_TRUE(read("moved/log").contains("still_here"));
}

TEST_F(LogTest, WritesEveryLineOfEveryThreadOnce) {
  const auto text = logged(options(), [](Log& log) {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&log] {
        for (int i = 0; i < 200; ++i) log.info("line");
      });
    }
  });
  EXPECT_EQ(std::ranges::count(text, '\n'), 800);
}

TEST_F(LogTest, CountsTheLinesItHadToDrop) {
  auto with = options();
  with.queue_lines = 2;
  std::uint64_t dropped = 0;
  const auto text = logged(with, [&](Log& log) {
    for (int i = 0; i < 20'000; ++i) log.info("line");
    log.flush();
    dropped = log.dropped_lines();
  });
  EXPECT_EQ(static_cast<std::uint64_t>(std::ranges::count(text, '\n')) + dropped, 20'000U);
}

TEST_F(LogTest, CountsTheLinesAFullDiskSwallowed) {
  auto with = options();
  with.file = "/dev/full";
  Log log(with, clock_);
  log.info("lost");
  log.flush();
  EXPECT_EQ(log.dropped_lines(), 1U);
}

TEST_F(LogTest, ThrowsWhenTheFileCannotBeOpened) {
  auto with = options();
  with.file = folder_ / "missing" / "log";
  EXPECT_THROW(Log(with, clock_), std::system_error);
}

}  // namespace
}  // namespace sovereign::telemetry
