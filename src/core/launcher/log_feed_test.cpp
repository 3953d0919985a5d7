#include "core/launcher/log_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "async/block_on.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct SameLine final : LineFilter {
  std::string line(std::string_view line) override { return std::string(line); }
};

/// A client that keeps what it is sent, and leaves after so many events.
struct KeepingClient final : http::StreamWriter {
  boost::asio::awaitable<bool> write(std::string_view bytes) override {
    text += bytes;
    co_return --patience > 0;
  }
  std::string text;
  int patience = 100'000;
};

class LogFeedTest : public testing::Test {
 protected:
  /// Lets a run say `text`, while `feed` is read if there is one.
  Task<bool> say(std::string text, LogFeed* feed, KeepingClient* client) {
    auto executor = co_await boost::asio::this_coro::executor;
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    process::Pipe reader(executor, ends[0]);
    process::FileDescriptor writer(ends[1]);
    EXPECT_EQ(::write(writer.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    writer.reset();
    co_await log->pump(reader, LogStream::output, std::make_unique<SameLine>());
    log->close();
    if (feed != nullptr) co_await feed->run(*client);
    co_return true;
  }
  std::string read(std::string text, std::uint64_t after, std::size_t tail) {
    KeepingClient client;
    LogFeed feed(log, after, tail);
    EXPECT_TRUE(async::block_on(say(std::move(text), &feed, &client)).has_value());
    return client.text;
  }

  support::TemporaryFolder folder;
  base::ManualClock clock;
  async::WorkerPool workers{{.threads = 1}};
  std::shared_ptr<RunLog> log = std::make_shared<RunLog>(
      LogFile::create(folder.path() / "run.log", {}).value(), workers, clock);
};

TEST_F(LogFeedTest, SendsTheTailAndThenTheEnd) {
  const auto text = read("one\ntwo\nthree\n", 0, 2);
  EXPECT_THAT(text, StartsWith("id: 2\nevent: line\ndata: {\"sequence\":2,"));
  EXPECT_THAT(text, HasSubstr("\"stream\":\"stdout\",\"text\":\"three\"}\n\n"));
  EXPECT_THAT(text, testing::EndsWith("event: end\ndata: {}\n\n"));
}

TEST_F(LogFeedTest, GoesOnAfterTheLineThatTheClientSawLast) {
  const auto text = read("one\ntwo\nthree\n", 2, RunLog::kLines);
  EXPECT_THAT(text, StartsWith("id: 3\n"));
}

TEST_F(LogFeedTest, EndsWhenTheClientIsGone) {
  KeepingClient client;
  client.patience = 1;
  LogFeed feed(log, 0, 10);
  ASSERT_TRUE(async::block_on(say("one\ntwo\n", &feed, &client)).has_value());
  EXPECT_THAT(client.text, HasSubstr("\"one\""));
  EXPECT_THAT(client.text, testing::Not(HasSubstr("\"two\"")));
}

}  // namespace
}  // namespace sovereign::core
