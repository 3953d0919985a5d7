// Answers that are made over time, over real sockets.
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "http/server.hpp"
#include "support/http_application.hpp"
#include "support/http_client.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using support::HttpClient;
using testing::HasSubstr;
using testing::Not;

constexpr auto kShort = 80ms;
constexpr std::size_t kBlock = 64 * 1024;

asio::awaitable<void> wait_for_cancellation() {
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  co_await timer.async_wait(asio::use_awaitable);
}

/// What the bodies of a test tell it.
struct Report {
  std::atomic<int> begun = 0;
  std::atomic<std::size_t> written = 0;
  std::promise<void> destroyed;
};

struct Script {
  int lines = 0;
  int blocks = 0;
  bool stalls = false;
  bool throws = false;
  StreamTraits traits;
};

/// Writes lines, then blocks of kBlock bytes, then ends as the script says.
class ScriptedBody final : public StreamBody {
 public:
  ScriptedBody(Script script, Report& report) : script_(script), report_(report) {}
  ~ScriptedBody() override { report_.destroyed.set_value(); }

  StreamTraits traits() const override { return script_.traits; }

  asio::awaitable<void> run(StreamWriter& writer) override {
    ++report_.begun;
    for (int i = 0; i < script_.lines; ++i) {
      const auto line = fmt::format("line {}\n", i);
      const bool is_open = co_await writer.write(line);
      if (!is_open) co_return;
    }
    const std::string block(kBlock, 'b');
    for (int i = 0; i < script_.blocks; ++i) {
      const bool is_open = co_await writer.write(block);
      if (!is_open) co_return;
      report_.written += block.size();
    }
    if (script_.throws) throw std::runtime_error("thrown on purpose");
    if (script_.stalls) co_await wait_for_cancellation();
  }

 private:
  const Script script_;
  Report& report_;
};

/// GET /stream answers the script; the rest is echoed.
class StreamApplication final : public Application {
 public:
  Handling handle(Request& request) override {
    if (request.path != "/stream") return echo.handle(request);
    return Response{.status = status,
                    .content_type = "text/plain",
                    .stream = std::make_unique<ScriptedBody>(script, report)};
  }
  Response refuse(int code, std::string_view detail, Request& request) override {
    return echo.refuse(code, detail, request);
  }
  void completed(const Request& request, const Outcome& outcome) override {
    echo.completed(request, outcome);
  }

  support::EchoApplication echo;
  Script script;
  Report report;
  int status = 200;
};

class StreamTest : public testing::Test {
 protected:
  void start(Script script, ServerLimits limits = {}) {
    application.script = script;
    server = std::make_unique<Server>(ServerOptions{.port = 0, .loops = 1, .limits = limits},
                                      application);
    ASSERT_TRUE(server->start());
  }

  support::HttpResponse begin(HttpClient& client, std::string_view extra = {}) {
    client.send(fmt::format("GET /stream HTTP/1.1\r\nHost: a\r\n{}\r\n", extra));
    return client.read_response(HttpClient::Body::none);
  }

  Outcome outcome() { return application.echo.wait_completed(1).front(); }

  StreamApplication application;
  std::unique_ptr<Server> server;
};

TEST_F(StreamTest, ChunksComeAsTheyAreWrittenAndTheConnectionStaysOpen) {
  start({.lines = 2});
  HttpClient client(server->port());
  const auto response = begin(client, "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(response.header("Content-Type"), "text/plain");
  EXPECT_FALSE(response.has_header("Content-Length"));
  EXPECT_FALSE(response.has_header("Content-Encoding"));
  EXPECT_EQ(client.read_chunk(), "line 0\n");
  EXPECT_EQ(client.read_chunk(), "line 1\n");
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_EQ(outcome().status, 200);
  EXPECT_TRUE(outcome().is_stream);
  EXPECT_EQ(outcome().response_bytes, std::string_view("7\r\nline 0\n\r\n").size() * 2 + 5);
  EXPECT_EQ(client.get("/after").body, "GET /after ?\n");
  EXPECT_FALSE(application.echo.wait_completed(2).back().is_stream);
}

TEST_F(StreamTest, WhatIsPipelinedBehindAStreamIsAnsweredAfterIt) {
  start({.lines = 1});
  HttpClient client(server->port());
  client.send(
      "GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"
      "GET /c HTTP/1.1\r\nHost: a\r\n\r\n");
  client.read_response(HttpClient::Body::none);
  EXPECT_EQ(client.read_chunk(), "line 0\n");
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_EQ(client.read_response().body, "GET /b ?\n");
  EXPECT_EQ(client.read_response().body, "GET /c ?\n");
}

TEST_F(StreamTest, Http10ClientsReadUntilTheConnectionCloses) {
  start({.lines = 2});
  HttpClient client(server->port());
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto all = client.read_until_closed();
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("chunked")));
  EXPECT_TRUE(all.ends_with("\r\n\r\nline 0\nline 1\n"));
}

TEST_F(StreamTest, HeadAnswersTheHeadersAndNeverRunsTheBody) {
  start({.lines = 2});
  HttpClient client(server->port());
  const auto headed = client.request("HEAD", "/stream");
  EXPECT_EQ(headed.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(client.get("/after").body, "GET /after ?\n");
  EXPECT_EQ(application.report.begun, 0);
  application.report.destroyed.get_future().wait();
}

TEST_F(StreamTest, ABodyOfKnownLengthIsSentAsItIs) {
  start({.lines = 2, .traits = {.length = 14}});
  HttpClient client(server->port());
  const auto response = client.get("/stream");
  EXPECT_EQ(response.header("Content-Length"), "14");
  EXPECT_FALSE(response.has_header("Transfer-Encoding"));
  EXPECT_EQ(response.body, "line 0\nline 1\n");
  EXPECT_EQ(client.get("/after").body, "GET /after ?\n");
}

TEST_F(StreamTest, HeadAnswersAKnownLengthWithoutTheBody) {
  start({.lines = 2, .traits = {.length = 14}});
  HttpClient client(server->port());
  EXPECT_EQ(client.request("HEAD", "/stream").header("Content-Length"), "14");
  EXPECT_EQ(client.get("/after").body, "GET /after ?\n");
}

TEST_F(StreamTest, ABodyThatIsShorterThanItSaidIsCutOff) {
  start({.lines = 1, .traits = {.length = 14}});
  HttpClient client(server->port());
  EXPECT_EQ(begin(client).header("Content-Length"), "14");
  EXPECT_EQ(client.read_until_closed(), "line 0\n");
  EXPECT_EQ(outcome().status, 499);
}

TEST_F(StreamTest, ABodyThatIsLongerThanItSaidIsCutOff) {
  start({.lines = 3, .traits = {.length = 14}});
  HttpClient client(server->port());
  begin(client);
  EXPECT_EQ(client.read_until_closed(), "line 0\nline 1\n");
  EXPECT_EQ(outcome().status, 499);
}

TEST_F(StreamTest, StatusesWithoutContentDropTheBody) {
  application.status = 304;
  start({.lines = 2});
  HttpClient client(server->port());
  EXPECT_FALSE(client.get("/stream").has_header("Transfer-Encoding"));
  EXPECT_EQ(client.get("/after").body, "GET /after ?\n");
  EXPECT_EQ(application.report.begun, 0);
}

TEST_F(StreamTest, ASlowReaderThatKeepsReadingGetsItAll) {
  start({.blocks = 256});
  HttpClient client(server->port());
  begin(client);
  std::size_t read = 0;
  for (auto chunk = client.read_chunk(); !chunk.empty(); chunk = client.read_chunk()) {
    read += chunk.size();
  }
  EXPECT_EQ(read, 256 * kBlock);
}

TEST_F(StreamTest, ABodyWaitsForItsReaderWhoIsDroppedInTheEnd) {
  start({.blocks = 1024}, {.write_timeout = kShort});
  HttpClient client(server->port());
  begin(client);
  EXPECT_EQ(outcome().status, 499);
  application.report.destroyed.get_future().wait();
  EXPECT_LT(application.report.written, 512 * kBlock);
}

TEST_F(StreamTest, AClientThatLeavesCancelsTheBody) {
  start({.lines = 1, .stalls = true});
  HttpClient client(server->port());
  begin(client);
  client.read_chunk();
  client.reset();
  application.report.destroyed.get_future().wait();
  EXPECT_EQ(outcome().status, 499);
}

TEST_F(StreamTest, AClientThatClosesItsSideGetsNoFalseEnd) {
  start({.lines = 1, .stalls = true});
  HttpClient client(server->port());
  begin(client);
  client.read_chunk();
  client.shutdown_send();
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_EQ(outcome().status, 499);
}

TEST_F(StreamTest, AnExceptionCutsTheBodyOff) {
  start({.lines = 1, .throws = true});
  HttpClient client(server->port());
  begin(client);
  EXPECT_EQ(client.read_until_closed(), "7\r\nline 0\n\r\n");
  EXPECT_EQ(outcome().status, 499);
}

TEST_F(StreamTest, StoppingEndsAnEndlessStreamAsComplete) {
  start({.lines = 1, .stalls = true, .traits = {.is_endless = true}});
  HttpClient client(server->port());
  begin(client);
  client.read_chunk();
  auto stopped = std::async(std::launch::async, [&] { return server->stop(10s); });
  EXPECT_EQ(client.read_chunk(), "");
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_TRUE(stopped.get());
  EXPECT_EQ(outcome().status, 200);
}

TEST_F(StreamTest, StoppingEndsAnEndlessStreamWhoseClientReadsLate) {
  start({.blocks = 1024, .traits = {.is_endless = true}});
  HttpClient client(server->port());
  begin(client);
  client.read_chunk();
  auto stopped = std::async(std::launch::async, [&] { return server->stop(10s); });
  while (!client.read_chunk().empty()) {
  }
  EXPECT_TRUE(stopped.get());
  EXPECT_LT(application.report.written, 1024 * kBlock);
}

TEST_F(StreamTest, StoppingCutsOffABodyThatDoesNotFinishInTime) {
  start({.lines = 1, .stalls = true});
  HttpClient client(server->port());
  begin(client);
  client.read_chunk();
  EXPECT_FALSE(server->stop(20ms));
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_EQ(outcome().status, 499);
  server.reset();
  application.report.destroyed.get_future().wait();
}

TEST_F(StreamTest, HeartbeatsComeWhileNothingElseDoesPastTheHandlersDeadline) {
  start({.lines = 1, .stalls = true, .traits = {.heartbeat = 10ms, .heartbeat_bytes = ":\n\n"}},
        {.handler_timeout = 40ms});
  HttpClient client(server->port());
  begin(client);
  EXPECT_EQ(client.read_chunk(), "line 0\n");
  for (int i = 0; i < 10; ++i) ASSERT_EQ(client.read_chunk(), ":\n\n");
}

TEST_F(StreamTest, ABodyThatWritesAllTheTimeLeavesRoomForOtherClients) {
  start({.lines = 1'000'000, .traits = {.is_endless = true}});
  HttpClient reader(server->port());
  begin(reader);
  auto reading = std::async(std::launch::async, [&] {
    for (int i = 0; i < 2000; ++i) reader.read_chunk();
  });
  EXPECT_EQ(HttpClient(server->port()).get("/other").body, "GET /other ?\n");
  reading.get();
  reader.reset();
}

}  // namespace
}  // namespace sovereign::http
