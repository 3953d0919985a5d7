// Request bodies that are read while they arrive, over real sockets.
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <utility>

#include "http/server.hpp"
#include "support/http_application.hpp"
#include "support/http_client.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using support::HttpClient;
using testing::HasSubstr;

constexpr auto kShort = 80ms;
constexpr std::uint64_t kLimit = 4 * 1024 * 1024;

Response plain(int status, std::string text) {
  return {.status = status, .content_type = "text/plain", .body = std::move(text)};
}

/// POST /count answers how many bytes came and the last of them; /early answers without reading;
/// /first answers after the first part; /later goes through the loop before each part. All else is
/// echoed.
class BodyApplication final : public Application {
 public:
  Handling handle(Request& request) override {
    if (request.path == "/early") return plain(401, "not you");
    if (request.path == "/count" || request.path == "/later" || request.path == "/first") {
      return count(request);
    }
    return echo.handle(request);
  }

  std::optional<StreamedBody> streamed_body(const Request& head) const override {
    if (head.path == "/echo") return std::nullopt;
    return StreamedBody{.limit_bytes = kLimit, .handler_timeout = handler_timeout};
  }

  Response refuse(int status, std::string_view detail, Request& request) override {
    return echo.refuse(status, detail, request);
  }
  void completed(const Request& request, const Outcome& outcome) override {
    echo.completed(request, outcome);
  }

  support::EchoApplication echo;
  std::chrono::milliseconds handler_timeout = 5s;
  std::promise<void> first_part;
  std::promise<ErrorCode> failed;

 private:
  asio::awaitable<Response> count(const Request& request) {
    BodyParts parts(request);
    std::uint64_t bytes = 0;
    char last = '-';
    for (;;) {
      if (request.path == "/later") {
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      }
      auto reading = parts.read();
      const auto part = co_await std::move(reading);
      if (!part) {
        failed.set_value(part.error().code);
        co_return plain(part.error().code == ErrorCode::too_large ? 413 : 400, part.error().detail);
      }
      if (part->empty()) break;
      if (!std::exchange(told_, true)) first_part.set_value();
      bytes += part->size();
      last = part->back();
      if (request.path == "/first") co_return plain(200, "enough");
    }
    co_return plain(200, fmt::format("{} {}", bytes, last));
  }

  bool told_ = false;
};

class BodyTest : public testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    server = std::make_unique<Server>(ServerOptions{.port = 0, .loops = 1, .limits = limits},
                                      application);
    ASSERT_TRUE(server->start());
    client = std::make_unique<HttpClient>(server->port());
  }
  void begin(std::string_view path, std::string_view headers) {
    client->send(fmt::format("POST {} HTTP/1.1\r\nHost: a\r\n{}\r\n", path, headers));
  }
  std::string chunked(std::string_view data) {
    return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
  }

  BodyApplication application;
  std::unique_ptr<Server> server;
  std::unique_ptr<HttpClient> client;
};

TEST_F(BodyTest, ABodyOverTheUsualLimitIsReadInPartsAndTheConnectionStaysOpen) {
  start();
  const std::string body = std::string(3'000'000, 'b') + "e";
  EXPECT_EQ(client->request("POST", "/count", "", body).body, "3000001 e");
  EXPECT_EQ(client->request("POST", "/later", "", body).status, 200);
  EXPECT_EQ(client->get("/after").body, "GET /after ?\n");
  EXPECT_GE(application.echo.wait_completed(1).front().request_bytes, 3'000'001U);
}

TEST_F(BodyTest, ASmallOrEmptyBodyIsNoSpecialCase) {
  start();
  EXPECT_EQ(client->request("POST", "/count", "", "abc").body, "3 c");
  EXPECT_EQ(client->request("POST", "/count", "Content-Length: 0\r\n").body, "0 -");
}

TEST_F(BodyTest, ChunksAreDecodedAndWhatIsPipelinedBehindThemIsTheNextRequest) {
  start();
  begin("/count", "Transfer-Encoding: chunked\r\n");
  client->send(chunked("abc") + chunked(std::string(100'000, 'x')) + chunked("z"));
  client->send("0\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client->read_response().body, "100004 z");
  EXPECT_EQ(client->read_response().body, "GET /next ?\n");
}

TEST_F(BodyTest, WhatIsPipelinedBehindASizedBodyIsTheNextRequest) {
  start();
  begin("/count", "Content-Length: 3\r\n");
  client->send("abcGET /next HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client->read_response().body, "3 c");
  EXPECT_EQ(client->read_response().body, "GET /next ?\n");
}

TEST_F(BodyTest, ALongerLengthThanTheRouteTakesIsRefusedAtOnce) {
  start();
  begin("/count", fmt::format("Content-Length: {}\r\n", kLimit + 1));
  EXPECT_EQ(client->read_response().status, 413);
}

TEST_F(BodyTest, ChunksOverTheLimitAreRefusedOnceTheyAre) {
  start();
  begin("/count", "Transfer-Encoding: chunked\r\n");
  client->send(chunked("abc"));
  client->send_until_closed(fmt::format("{:x}\r\n", kLimit));
  EXPECT_EQ(client->read_response().status, 413);
  EXPECT_EQ(application.failed.get_future().get(), ErrorCode::too_large);
}

TEST_F(BodyTest, BadChunksAreAnErrorOfTheRead) {
  start();
  begin("/count", "Transfer-Encoding: chunked\r\n");
  client->send("zz\r\n");
  EXPECT_EQ(client->read_response().status, 400);
  EXPECT_EQ(application.failed.get_future().get(), ErrorCode::malformed);
}

TEST_F(BodyTest, OtherRoutesKeepTheirLimit) {
  start();
  begin("/echo", "Content-Length: 3000000\r\n");
  EXPECT_EQ(client->read_response().status, 413);
}

TEST_F(BodyTest, AnAnswerBeforeTheBodyEndsTheConnectionAndIsRead) {
  start();
  begin("/early", "Content-Length: 3000000\r\n");
  client->send_until_closed(std::string(500'000, 'x'));
  const auto response = client->read_response();
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.header("Connection"), "close");
}

TEST_F(BodyTest, AnAnswerInTheMiddleOfTheBodyEndsTheConnection) {
  start();
  begin("/first", "Content-Length: 3000000\r\n");
  client->send("some");
  EXPECT_EQ(client->read_response().header("Connection"), "close");
}

TEST_F(BodyTest, AClientThatWaitsForContinueIsToldWhenTheHandlerReads) {
  start();
  begin("/count", "Content-Length: 3\r\nExpect: 100-continue\r\n");
  EXPECT_EQ(client->read_response().status, 100);
  client->send("abc");
  EXPECT_EQ(client->read_response().body, "3 c");
}

TEST_F(BodyTest, AClientThatWaitsForContinueIsRefusedBeforeItSends) {
  start();
  begin("/early", "Content-Length: 3\r\nExpect: 100-continue\r\n");
  EXPECT_EQ(client->read_response().status, 401);
}

TEST_F(BodyTest, ABodyThatStopsComingIsTimedOut) {
  start({.body_timeout = kShort});
  begin("/count", "Content-Length: 100\r\n");
  client->send("abc");
  const auto response = client->read_response();
  EXPECT_EQ(response.status, 408);
  EXPECT_EQ(response.header("Connection"), "close");
}

TEST_F(BodyTest, ABodyMayTakeLongerThanTheTimeoutWhileItComesFastEnough) {
  start({.body_timeout = kShort, .streamed_bytes_per_second = 1000});
  begin("/count", "Content-Length: 1001\r\n");
  client->send(std::string(1000, 'x'));  // Good for a second more.
  application.first_part.get_future().wait();
  EXPECT_FALSE(client->wait_readable(3 * kShort));
  client->send("z");
  EXPECT_EQ(client->read_response().body, "1001 z");
}

TEST_F(BodyTest, AClientThatLeavesInTheMiddleIsAnErrorOfTheRead) {
  start();
  begin("/count", "Content-Length: 100\r\n");
  client->send("abc");
  application.first_part.get_future().wait();
  client->shutdown_send();
  EXPECT_EQ(application.failed.get_future().get(), ErrorCode::unavailable);
  EXPECT_EQ(client->read_until_closed(), "");
  EXPECT_EQ(application.echo.wait_completed(1).front().status, 499);
}

TEST_F(BodyTest, StoppingEndsAHandlerThatWaitsForABody) {
  start();
  begin("/count", "Content-Length: 100\r\n");
  client->send("abc");
  application.first_part.get_future().wait();
  EXPECT_FALSE(server->stop(20ms));
  EXPECT_EQ(client->read_until_closed(), "");
}

}  // namespace
}  // namespace sovereign::http
