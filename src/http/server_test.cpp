// Answers, coroutines and the server's own life, over real sockets.
#include "http/server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "support/http_application.hpp"
#include "support/http_client.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
using support::EchoApplication;
using support::HttpClient;
using testing::HasSubstr;
using testing::Not;

class ServerTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server->start()); }

  /// The stop of `server` under way on another thread.
  std::future<bool> stop(std::chrono::milliseconds drain) {
    return std::async(std::launch::async, [this, drain] { return server->stop(drain); });
  }

  EchoApplication application;
  ServerOptions options{.port = 0, .loops = 2, .server_product = "test/1"};
  std::unique_ptr<Server> server = std::make_unique<Server>(options, application);
};

TEST_F(ServerTest, AnswersCarryTheServersHeadersAndTheHandlers) {
  HttpClient client(server->port());
  const auto response = client.get("/fixed");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Length"), "2000");
  EXPECT_EQ(response.header("Content-Type"), "application/json");
  EXPECT_EQ(response.header("ETag"), "\"v1\"");
  EXPECT_EQ(response.header("Cache-Control"), "public, max-age=60");
  EXPECT_EQ(response.header("Server"), "test/1");
  EXPECT_EQ(response.header("Vary"), "Accept-Encoding");
  EXPECT_EQ(response.header("X-Extra"), "yes");
  EXPECT_EQ(response.header("Date").size(), 29U);
  EXPECT_FALSE(response.has_header("Connection"));
  EXPECT_EQ(response.body, std::string(2000, 'f'));
}

TEST_F(ServerTest, HeadAnswersTheHeadersOfGetWithoutItsBody) {
  HttpClient client(server->port());
  for (const std::string_view extra : {"", "Accept-Encoding: gzip\r\n"}) {
    auto got = client.get("/fixed", extra);
    auto headed = client.request("HEAD", "/fixed", extra);
    EXPECT_EQ(headed.headers, got.headers);
  }
  EXPECT_EQ(client.get("/after").body, "GET /after ?\n");
}

TEST_F(ServerTest, StatusesWithoutContentHaveNone) {
  HttpClient client(server->port());
  for (const std::string_view status : {"204", "304"}) {
    const auto response = client.get(fmt::format("/status?{}", status));
    EXPECT_FALSE(response.has_header("Content-Length"));
    EXPECT_FALSE(response.has_header("Content-Type"));
  }
  EXPECT_EQ(client.get("/after").body, "GET /after ?\n");
}

TEST_F(ServerTest, HandlersCannotBreakTheFraming) {
  HttpClient client(server->port());
  const auto response = client.get("/break");
  EXPECT_EQ(response.body, "safe");
  EXPECT_THAT(response.head, Not(HasSubstr("X-Injected")));
  EXPECT_FALSE(response.has_header("X-Bad"));
  EXPECT_FALSE(response.has_header("X-Nul"));
  EXPECT_FALSE(response.has_header("Transfer-Encoding"));
  EXPECT_EQ(response.header("X-Good"), "kept");
  EXPECT_EQ(client.get("/after").status, 200);
}

TEST_F(ServerTest, WhatUsesALoopMayEndAfterTheLoopsCoroutines) {
  const auto held = std::make_shared<int>();
  boost::asio::steady_timer timer(server->executors().front(), 1h);
  timer.async_wait([held](const boost::system::error_code&) {});
  server->clear();
  EXPECT_EQ(held.use_count(), 1) << "the handler is still there";
  EXPECT_EQ(timer.cancel(), 0U);
}

TEST_F(ServerTest, AnExceptionIs500AndEndsOnlyItsConnection) {
  for (const std::string_view path : {"/throw", "/throw-later"}) {
    HttpClient client(server->port());
    EXPECT_EQ(client.get(path).status, 500);
    EXPECT_EQ(client.read_until_closed(), "");
  }
  EXPECT_EQ(HttpClient(server->port()).get("/").status, 200);
}

TEST_F(ServerTest, ACoroutineIsCancelledWhenItsClientLeaves) {
  HttpClient client(server->port());
  client.send("GET /stall HTTP/1.1\r\nHost: a\r\n\r\n");
  application.wait_stalled(1);
  client.reset();
  application.wait_unstalled(1);
  EXPECT_EQ(application.wait_completed(1).front().status, 499);
}

TEST_F(ServerTest, ACoroutineThatEndsAfterItsClientClosedItsSideIsStillAnswered) {
  HttpClient client(server->port());
  client.send("GET /stall HTTP/1.1\r\nHost: a\r\n\r\n");
  application.wait_stalled(1);
  client.shutdown_send();
  EXPECT_EQ(client.read_response().body, "GET /stall ?\n");
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(ServerTest, WhatIsPipelinedBehindCoroutinesIsAnsweredInOrder) {
  HttpClient client(server->port());
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += fmt::format("GET /{}?{} HTTP/1.1\r\nHost: a\r\n\r\n", i % 2 ? "later" : "now", i);
  }
  client.send(all);
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(client.read_response().body, HasSubstr(fmt::format("?{}\n", i)));
  }
}

TEST_F(ServerTest, BytesThatComeBetweenTurnsWaitForTheirs) {
  // More than one turn of requests, behind a coroutine that leaves a wait for bytes behind.
  std::string turns = "GET /later?x HTTP/1.1\r\nHost: a\r\n\r\n";
  for (int i = 0; i < 40; ++i) turns += "GET /now?x HTTP/1.1\r\nHost: a\r\n\r\n";
  HttpClient client(server->port());
  for (int round = 0; round < 50; ++round) {
    client.send(turns);
    client.send("GET /last HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < 41; ++i) ASSERT_THAT(client.read_response().body, HasSubstr("?x\n"));
    ASSERT_EQ(client.read_response().body, "GET /last ?\n");
  }
}

TEST_F(ServerTest, AHalfClosedClientGetsWhatItPipelinedBehindACoroutine) {
  HttpClient client(server->port());
  client.send("GET /stall HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  client.shutdown_send();
  EXPECT_EQ(client.read_response().body, "GET /stall ?\n");
  EXPECT_EQ(client.read_response().body, "GET /b ?\n");
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(ServerTest, OutcomesTellSizesAndTimes) {
  HttpClient client(server->port());
  const auto response = client.request("POST", "/a", "", "hello");
  const auto outcome = application.wait_completed(1).front();
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(
      outcome.request_bytes,
      std::string_view("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
          .size());
  EXPECT_EQ(outcome.response_bytes, response.body.size());
  EXPECT_GT(outcome.duration, 0ns);
}

TEST_F(ServerTest, StoppingClosesIdleConnectionsAndRefusesNewOnes) {
  HttpClient idle(server->port());
  EXPECT_EQ(idle.get("/").status, 200);
  EXPECT_TRUE(server->stop(10s));
  EXPECT_EQ(idle.read_until_closed(), "");
  EXPECT_THROW(HttpClient(server->port()), std::runtime_error);
  EXPECT_EQ(server->status().open_connections, 0U);
}

TEST_F(ServerTest, StoppingLetsARequestInFlightFinish) {
  options.loops = 1;  // So that one connection's end tells about the other's loop.
  server = std::make_unique<Server>(options, application);
  ASSERT_TRUE(server->start());
  HttpClient busy(server->port());
  busy.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  ASSERT_EQ(busy.read_response().status, 100);
  HttpClient idle(server->port());
  EXPECT_EQ(idle.get("/").status, 200);
  auto stopped = stop(10s);
  EXPECT_EQ(idle.read_until_closed(), "");  // The stop is under way.
  busy.send("hi");
  const auto response = busy.read_response();
  EXPECT_EQ(response.body, "POST /a ?\nhi");
  EXPECT_EQ(response.header("Connection"), "close");
  EXPECT_TRUE(stopped.get());
}

TEST_F(ServerTest, StoppingClosesWhatDoesNotFinishInTime) {
  HttpClient client(server->port());
  client.send("GET /stall HTTP/1.1\r\nHost: a\r\n\r\n");
  application.wait_stalled(1);
  EXPECT_FALSE(server->stop(20ms));
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_EQ(application.wait_completed(1).front().status, 499);
}

TEST_F(ServerTest, APortInUseIsAnErrorThatNamesIt) {
  Server second({.port = server->port()}, application);
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::unavailable);
  EXPECT_THAT(started.error().detail, HasSubstr(fmt::format("127.0.0.1:{}", server->port())));
}

TEST_F(ServerTest, AFreedPortCanBeTakenAgainAtOnce) {
  HttpClient client(server->port());
  EXPECT_EQ(client.get("/").status, 200);
  const auto port = server->port();
  EXPECT_TRUE(server->stop(10s));
  Server second({.port = port, .loops = 2}, application);
  ASSERT_TRUE(second.start());
  EXPECT_EQ(HttpClient(port).get("/").status, 200);
}

TEST_F(ServerTest, EachLoopHasAnExecutor) { EXPECT_EQ(server->executors().size(), 2U); }

TEST(ServerAddress, ThatIsNotAnIpAddressIsAnError) {
  EchoApplication application;
  Server server({.address = "not an address", .port = 0}, application);
  EXPECT_FALSE(server.start());
}

}  // namespace
}  // namespace sovereign::http
