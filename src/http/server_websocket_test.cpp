// WebSockets over real sockets: the handshake, messages both ways, and how they end.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "http/problem.hpp"
#include "http/server.hpp"
#include "http/websocket.hpp"
#include "support/http_application.hpp"
#include "support/http_client.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using support::HttpClient;
using support::kPatience;

constexpr std::string_view kHandshake =
    "GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A client's frame, masked with zeros.
std::string frame(char opcode, std::string_view payload) {
  std::string bytes{static_cast<char>(0x80 | opcode), static_cast<char>(0x80 | payload.size())};
  return bytes.append(4, '\0').append(payload);
}
const std::string kGoodbye = frame(8, std::string_view("\x03\xe8", 2));

void say_goodbye(HttpClient& client) {
  client.send(kGoodbye);
  client.shutdown_send();
}

/// A server's frames, as they are read here: "text:one", "close:1001:why".
std::vector<std::string> frames(std::string_view bytes) {
  std::vector<std::string> read;
  while (bytes.size() >= 2) {
    const auto size = static_cast<std::size_t>(bytes[1]);
    const auto payload = bytes.substr(2, size);
    if (bytes[0] == '\x81') read.push_back("text:" + std::string(payload));
    if (bytes[0] == '\x88') {
      const int code =
          static_cast<std::uint8_t>(payload[0]) * 256 + static_cast<std::uint8_t>(payload[1]);
      read.push_back(fmt::format("close:{}:{}", code, payload.substr(2)));
    }
    bytes.remove_prefix(2 + size);
  }
  return read;
}

/// Greets, refuses every message with its own words, and waits to be stopped.
class TestSession final : public WebSocketSession {
 public:
  explicit TestSession(std::promise<void>& ended) : ended_(ended) {}
  ~TestSession() override { ended_.set_value(); }

  asio::awaitable<WebSocketClose> run(StreamWriter& writer) override {
    for (const auto* word : {"one", "two"}) {
      const bool is_open = co_await writer.write(word);
      if (!is_open) break;
    }
    timer_.emplace(co_await asio::this_coro::executor, std::chrono::hours(1));
    boost::system::error_code ignored;
    if (!stopped_) co_await timer_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return WebSocketClose{WebSocketCode::going_away, "stopped"};
  }
  std::optional<WebSocketClose> received(std::string_view text) override {
    return WebSocketClose{WebSocketCode::policy_violation, std::string(text)};
  }
  void stop() override {
    stopped_ = true;
    if (timer_) timer_->cancel();
  }

 private:
  std::promise<void>& ended_;
  std::optional<asio::steady_timer> timer_;
  bool stopped_ = false;
};

class SocketApplication final : public Application {
 public:
  Handling handle(Request& request) override {
    if (auto refusal = refuse_websocket(request)) return std::move(*refusal);
    Response response{.status = 101};
    response.headers.push_back({"X-Request-Id", "r-1"});
    response.websocket = std::make_unique<TestSession>(ended);
    return response;
  }
  Response refuse(int code, std::string_view detail, Request& request) override {
    return problem(code, detail, request);
  }
  void completed(const Request&, const Outcome& outcome) override { outcomes.push_back(outcome); }

  std::promise<void> ended;
  std::vector<Outcome> outcomes;
};

class WebSocketTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server.start()); }
  bool has_ended() {
    return application.ended.get_future().wait_for(kPatience) == std::future_status::ready;
  }

  SocketApplication application;
  Server server{{.port = 0, .loops = 1}, application};
};

TEST_F(WebSocketTest, TheHandshakeIsThatOfTheRfcAndMessagesFollow) {
  HttpClient client(server.port());
  client.send(kHandshake);
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 101);
  EXPECT_EQ(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(answer.header("X-Request-Id"), "r-1");
  say_goodbye(client);
  EXPECT_THAT(frames(client.read_until_closed()),
              testing::AllOf(testing::Contains("text:one"), testing::Contains("close:1000:")));
  EXPECT_TRUE(has_ended());
}

TEST_F(WebSocketTest, AMessageThatTheSessionRefusesClosesWithItsReason) {
  HttpClient client(server.port());
  client.send(kHandshake);
  EXPECT_EQ(client.read_response().status, 101);
  client.send(frame(1, "not this"));
  say_goodbye(client);
  EXPECT_EQ(frames(client.read_until_closed()).back(), "close:1008:not this");
  EXPECT_TRUE(has_ended());
}

TEST_F(WebSocketTest, BinaryMessagesAreRefused) {
  HttpClient client(server.port());
  client.send(kHandshake);
  EXPECT_EQ(client.read_response().status, 101);
  client.send(frame(2, "bytes"));
  say_goodbye(client);
  EXPECT_EQ(frames(client.read_until_closed()).back(), "close:1003:only text messages are read");
}

TEST_F(WebSocketTest, AClientThatVanishesEndsItsSession) {
  {
    HttpClient client(server.port());
    client.send(kHandshake);
    EXPECT_EQ(client.read_response().status, 101);
    client.reset();
  }
  EXPECT_TRUE(has_ended());
}

TEST_F(WebSocketTest, AServerThatStopsSaysFarewell) {
  HttpClient client(server.port());
  client.send(kHandshake);
  EXPECT_EQ(client.read_response().status, 101);
  auto stopping = std::async(std::launch::async, [this] { return server.stop(kPatience); });
  say_goodbye(client);
  EXPECT_THAT(frames(client.read_until_closed()).back(), testing::StartsWith("close:100"));
  EXPECT_TRUE(stopping.get());
  ASSERT_EQ(application.outcomes.size(), 1U);
  EXPECT_EQ(application.outcomes[0].status, 101);
  EXPECT_TRUE(application.outcomes[0].is_stream);
}

TEST_F(WebSocketTest, NothingMayComeBeforeTheAnswer) {
  HttpClient client(server.port());
  client.send(std::string(kHandshake) + frame(1, "early"));
  EXPECT_EQ(client.read_response().status, 400);
}

TEST_F(WebSocketTest, WhatIsNoHandshakeIsRefused) {
  HttpClient client(server.port());
  EXPECT_EQ(client.get("/socket").status, 426);
  EXPECT_EQ(client.get("/socket", "Upgrade: websocket\r\n").status, 400);
  EXPECT_EQ(client
                .get("/socket",
                     "Upgrade: websocket\r\nConnection: upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n")
                .header("Sec-WebSocket-Version"),
            "13");
}

}  // namespace
}  // namespace sovereign::http
