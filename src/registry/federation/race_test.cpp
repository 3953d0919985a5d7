#include "registry/federation/race.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "support/await.hpp"
#include "support/scripted_server.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using support::ok_response;
using support::ScriptedConnection;
using support::ScriptedServer;

http::ClientRequest to(const ScriptedServer& server) {
  return {.url = server.url("/"), .timeout = 10s, .allow_private_addresses = true};
}
RaceRule after(std::chrono::microseconds patience, bool allowed = true) {
  return {.patience = patience, .may_start_second = [allowed] { return allowed; }};
}

TEST(Race, TheSecondRequestWinsOverOneThatIsStuckAndEndsIt) {
  std::atomic<bool> was_closed = false;
  ScriptedServer server([&](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    if (connection.number() == 1) {
      co_await connection.wait_closed();
      was_closed = true;
      co_return;
    }
    const auto answer = ok_response("second");
    co_await connection.write(answer);
    co_await connection.wait_closed();
  });
  http::Client client;
  const auto response = support::await(race(client, to(server), after(5ms)));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->body, "second");
  EXPECT_EQ(client.counts().running, 0U);
}

TEST(Race, OnlyOneRequestIsSentToAPeerThatIsQuickOrOverTheBudget) {
  std::atomic<int> requests = 0;
  ScriptedServer server([&](ScriptedConnection& connection) -> awaitable<void> {
    for (;;) {
      co_await connection.read_request();
      ++requests;
      const auto answer = ok_response("only");
      co_await connection.write(answer);
    }
  });
  http::Client client;
  EXPECT_TRUE(support::await(race(client, to(server), after(10s))));
  EXPECT_TRUE(support::await(race(client, to(server), {})));
  EXPECT_TRUE(support::await(race(client, to(server), after(1us, false))));
  EXPECT_EQ(requests, 3);
}

TEST(Race, WhenBothFailTheFailureIsTold) {
  ScriptedServer server([](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.wait_closed();
  });
  http::Client client;
  auto request = to(server);
  request.timeout = 40ms;
  const auto response = support::await(race(client, std::move(request), after(5ms)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::timed_out);
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace sovereign::registry
