// The command line's client, against the server that it is made for.
#include "http/local_client.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "http/server.hpp"
#include "http/sse.hpp"
#include "http/unix_socket.hpp"
#include "support/http_application.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// Three events, then silence until the client leaves.
class Feed final : public SseBody {
 public:
  Feed() : SseBody(SseLength::endless) {}

 protected:
  asio::awaitable<void> events(SseWriter& writer) override {
    for (int i = 1; i <= 3; ++i) {
      const auto id = std::to_string(i);
      const bool is_open = co_await writer.send({.id = id, .event = "tick", .data = "a\nb"});
      if (!is_open) co_return;
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
    co_await timer.async_wait(asio::use_awaitable);
  }
};

class Lines final : public StreamBody {
 public:
  asio::awaitable<void> run(StreamWriter& writer) override {
    for (const std::string_view part : {"{\"a\":1}\n{\"a\"", ":2}\r\n\n", "{\"a\":3}"}) {
      const bool is_open = co_await writer.write(part);
      if (!is_open) co_return;
    }
  }
};

class LocalApplication final : public Application {
 public:
  Handling handle(Request& request) override {
    if (request.path == "/events") return sse_response(std::make_unique<Feed>());
    if (request.path == "/lines")
      return Response{.content_type = kJsonLines, .stream = std::make_unique<Lines>()};
    if (request.path == "/types")
      return Response{.body = std::string(request.header("Content-Type"))};
    return echo.handle(request);
  }
  Response refuse(int status, std::string_view detail, Request& request) override {
    return echo.refuse(status, detail, request);
  }
  void completed(const Request& request, const Outcome& outcome) override {
    echo.completed(request, outcome);
  }
  support::EchoApplication echo;
};

class LocalClientTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server.start()); }

  support::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "admin.sock";
  LocalApplication application;
  Server server{{.port = 0, .unix_socket = UnixSocketOptions{.path = path}, .loops = 1},
                application};
  LocalClient client{path};
};

TEST_F(LocalClientTest, SendsMethodTargetAndBodyAndReadsTheAnswer) {
  for (const auto method :
       {Method::get, Method::post, Method::put, Method::patch, Method::delete_}) {
    const auto response = client.request({.method = method, .target = "/a/../b?q=%20"});
    ASSERT_TRUE(response) << response.error().context;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, fmt::format("{} /a/../b ?q=%20\n", to_string(method)));
  }
  const auto posted = client.request({.method = Method::post, .target = "/x", .body = "{}"});
  ASSERT_TRUE(posted);
  EXPECT_EQ(posted->body, "POST /x ?\n{}");
  EXPECT_EQ(server.status().accepted_connections, 1U);
}

TEST_F(LocalClientTest, BodiesAreJsonUnlessSaidOtherwise) {
  LocalRequest request{.method = Method::post, .target = "/types", .body = "{}"};
  EXPECT_EQ(client.request(request)->body, "application/json");
  request.headers = {{"content-type", "text/plain"}};
  EXPECT_EQ(client.request(request)->body, "text/plain");
}

TEST_F(LocalClientTest, HeadersAreFoundInAnyCase) {
  const auto response = client.request({.target = "/fixed"});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->header("etag"), "\"v1\"");
  EXPECT_EQ(response->header("X-EXTRA"), "yes");
  const auto head = client.request({.method = Method::head, .target = "/fixed"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->body, "");
}

TEST_F(LocalClientTest, ADaemonThatIsNotRunningIsToldApart) {
  const auto absent = LocalClient(folder.path() / "absent.sock").request({.target = "/"});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().name, kDaemonNotRunning);
  const auto stale = folder.path() / "stale.sock";
  auto file = UnixSocketFile::bind(stale, 0600);
  ASSERT_TRUE(file);
  ::close(file->release_descriptor());
  const auto refused = LocalClient(stale).request({.target = "/"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, kDaemonNotRunning);
}

TEST_F(LocalClientTest, ADaemonThatDiesMidAnswerIsADifferentError) {
  std::jthread stopper([this] {
    application.echo.wait_stalled(1);
    server.stop(0ms);
  });
  const auto response = client.request({.target = "/stall"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  EXPECT_EQ(response.error().name, "");
}

TEST_F(LocalClientTest, WaitsOnlyAsLongAsItIsTold) {
  LocalClient hasty(path, {.total_timeout = 30ms});
  const auto response = hasty.request({.target = "/stall"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::timed_out);
}

TEST_F(LocalClientTest, HoldsOnlyAsMuchAsItIsTold) {
  LocalClient small(path, {.body_bytes = 1000});
  EXPECT_TRUE(small.request({.target = "/large?1000"}));
  const auto response = small.request({.target = "/large?1001"});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::too_large);
}

TEST_F(LocalClientTest, EventsComeAsTheyAreSentAndTheCallbackEndsThem) {
  SseParser parser;
  std::vector<SseParser::Event> events;
  const auto response = client.stream({.target = "/events"}, [&](std::string_view bytes) {
    for (auto& event : parser.feed(bytes)) events.push_back(std::move(event));
    return events.size() < 3 ? Continue::yes : Continue::no;
  });
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->header("Content-Type"), kEventStream);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[2].id, "3");
  EXPECT_EQ(events[2].data, "a\nb");
  EXPECT_EQ(application.echo.wait_completed(1).front().status, 499);
}

TEST_F(LocalClientTest, AStreamIsGivenUpFromAnotherThread) {
  std::stop_source source;
  const auto response = client.stream(
      {.target = "/events"},
      [&](std::string_view) {
        source.request_stop();
        return Continue::yes;
      },
      source.get_token());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().name, LocalClient::kAborted);

  std::stop_source silent;
  std::jthread stopper([&] {
    application.echo.wait_stalled(1);
    silent.request_stop();
  });
  const auto stalled = client.stream(
      {.target = "/stall"}, [](std::string_view) { return Continue::yes; }, silent.get_token());
  ASSERT_FALSE(stalled);
  EXPECT_EQ(stalled.error().name, LocalClient::kAborted);
}

TEST_F(LocalClientTest, LinesAreWholeHoweverTheyCome) {
  std::vector<std::string> lines;
  const auto response = client.stream_lines({.target = "/lines"}, [&](std::string_view line) {
    lines.emplace_back(line);
    return Continue::yes;
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(lines, (std::vector<std::string>{R"({"a":1})", R"({"a":2})", "", R"({"a":3})"}));
}

TEST_F(LocalClientTest, AProblemInsteadOfAStreamIsCollected) {
  const auto response = client.stream({.target = "/status?404"}, [](std::string_view) {
    ADD_FAILURE() << "not a stream";
    return Continue::yes;
  });
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->body, "with a body");
}

TEST_F(LocalClientTest, AnEndedStreamIsTheEndOfTheRequest) {
  std::jthread stopper;
  const auto response = client.stream({.target = "/events"}, [&](std::string_view) {
    if (!stopper.joinable()) stopper = std::jthread([this] { server.stop(10s); });
    return Continue::yes;
  });
  EXPECT_TRUE(response);
}

}  // namespace
}  // namespace sovereign::http
