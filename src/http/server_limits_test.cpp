// Limits, timeouts, overload: what a client can take, and how it is told.
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <future>

#include "async/run_blocking.hpp"
#include "http/server.hpp"
#include "support/http_application.hpp"
#include "support/http_client.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
using support::EchoApplication;
using support::HttpClient;

constexpr auto kShort = 80ms;

class Limits : public testing::Test {
 protected:
  void start(const ServerLimits& limits, std::size_t loops = 1) {
    server = std::make_unique<Server>(ServerOptions{.port = 0, .loops = loops, .limits = limits},
                                      application);
    ASSERT_TRUE(server->start());
  }

  EchoApplication application;
  std::unique_ptr<Server> server;
};

TEST_F(Limits, HeadersOverTheirSizeAre431) {
  start({.header_bytes = 200});
  HttpClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(300, 'x'));
  EXPECT_EQ(client.read_response().status, 431);
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(Limits, HeadersOfJustTheirSizeAreServed) {
  start({.header_bytes = 200});
  HttpClient client(server->port());
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  head += std::string(200 - head.size() - 4, 'x') + "\r\n\r\n";
  client.send(head);
  EXPECT_EQ(client.read_response().status, 200);
}

TEST_F(Limits, TooManyHeadersAre431) {
  start({.header_count = 3});
  HttpClient client(server->port());
  EXPECT_EQ(client.get("/", "A: 1\r\nB: 2\r\n").status, 200);
  EXPECT_EQ(client.get("/", "A: 1\r\nB: 2\r\nC: 3\r\n").status, 431);
}

TEST_F(Limits, BodiesOverTheirDecodedSizeAre413) {
  start({.body_bytes = 10});
  HttpClient sized(server->port());
  EXPECT_EQ(sized.request("POST", "/", "", "0123456789").status, 200);
  EXPECT_EQ(sized.request("POST", "/", "", "0123456789a").status, 413);

  HttpClient chunked(server->port());
  chunked.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "6\r\n012345\r\n5\r\n6789a\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.read_response().status, 413);
}

TEST_F(Limits, SlowHeadersAre408) {
  start({.header_timeout = kShort});
  HttpClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost:");
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(Limits, TricklingHeadersGainNoTime) {
  start({.header_timeout = kShort});
  HttpClient client(server->port());
  client.send("GET / HTTP/1.1\r\nX: ");
  do {
    client.send_until_closed("x");
  } while (!client.wait_readable(1ms));
  EXPECT_EQ(client.read_response().status, 408);
}

TEST_F(Limits, SlowBodiesAre408) {
  start({.body_timeout = kShort});
  HttpClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(Limits, IdleConnectionsAreClosedSilently) {
  start({.idle_timeout = kShort});
  HttpClient client(server->port());
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(Limits, ConnectionsThatNeverSendAreClosedSilently) {
  start({.header_timeout = kShort});
  HttpClient client(server->port());
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(Limits, AHandlerPastItsDeadlineIsCancelledAndAnswered503) {
  start({.handler_timeout = kShort});
  HttpClient client(server->port());
  EXPECT_EQ(client.get("/stall").status, 503);
  EXPECT_EQ(client.read_until_closed(), "");
  application.wait_unstalled(1);
  EXPECT_EQ(application.wait_completed(1).front().status, 503);
}

/// Answers from a worker thread, which no cancellation reaches, when it is let go.
class BlockingApplication final : public Application {
 public:
  Handling handle(Request& request) override { return answer(request); }
  Response refuse(int status, std::string_view, Request&) override { return {.status = status}; }
  void completed(const Request&, const Outcome&) override {}

  std::promise<void> entered;
  std::promise<void> let_go;
  std::promise<std::string> seen;
  async::WorkerPool pool{{.threads = 1}};

 private:
  boost::asio::awaitable<Response> answer(const Request& request) {
    auto job = [gate = let_go.get_future().share()]() -> Result<int> {
      gate.wait();
      return 1;
    };
    entered.set_value();
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    const auto result = co_await async::run_blocking(pool, std::move(job));
    seen.set_value(std::string(request.target) + std::string(request.body));
    co_return Response{.status = *result};
  }
};

TEST_F(Limits, AResultThatComesAfterTheDeadlineFindsItsRequestAndIsDropped) {
  BlockingApplication blocking;
  Server stubborn({.port = 0, .loops = 1, .limits = {.handler_timeout = kShort}}, blocking);
  ASSERT_TRUE(stubborn.start());
  HttpClient client(stubborn.port());
  EXPECT_EQ(client.request("POST", "/late", "", "body").status, 503);
  EXPECT_EQ(client.read_until_closed(), "");
  EXPECT_EQ(HttpClient(stubborn.port()).get("\x01").status, 400);  // Takes a spare buffer.
  blocking.let_go.set_value();
  EXPECT_EQ(blocking.seen.get_future().get(), "/latebody");
  EXPECT_TRUE(stubborn.stop(10s));
}

TEST_F(Limits, ACoroutineThatCannotBeCancelledSurvivesTheStop) {
  BlockingApplication blocking;
  Server stubborn({.port = 0, .loops = 1}, blocking);
  ASSERT_TRUE(stubborn.start());
  HttpClient client(stubborn.port());
  client.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n");
  blocking.entered.get_future().wait();
  EXPECT_FALSE(stubborn.stop(10ms));
  EXPECT_EQ(client.read_until_closed(), "");
  blocking.let_go.set_value();
  blocking.pool.stop();
}

TEST_F(Limits, AClientThatDoesNotReadIsDropped) {
  start({.write_timeout = kShort});
  HttpClient client(server->port());
  client.send("GET /large?8388608 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(application.wait_completed(1).front().status, 499);
  EXPECT_LT(client.read_until_closed().size(), application.large_body.size());
}

TEST_F(Limits, ASlowReaderThatKeepsReadingGetsItAll) {
  start({});
  HttpClient client(server->port());
  client.send("GET /large?8388608 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const auto all = client.read_until_closed();
  EXPECT_TRUE(all.ends_with(application.large_body));
  const auto outcome = application.wait_completed(1).front();
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.response_bytes, application.large_body.size());
}

TEST_F(Limits, AConnectionEndsAfterItsNumberOfRequests) {
  start({.requests_per_connection = 2});
  HttpClient client(server->port());
  EXPECT_FALSE(client.get("/").has_header("Connection"));
  EXPECT_EQ(client.get("/").header("Connection"), "close");
  EXPECT_EQ(client.read_until_closed(), "");
}

TEST_F(Limits, ConnectionsOverTheLimitAreAnswered503) {
  start({.connections = 2}, 2);
  HttpClient first(server->port());
  auto second = std::make_unique<HttpClient>(server->port());
  EXPECT_EQ(first.get("/").status, 200);
  EXPECT_EQ(second->get("/").status, 200);
  EXPECT_EQ(server->status().open_connections, 2U);

  HttpClient third(server->port());
  third.send_until_closed("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(third.read_response().status, 503);
  EXPECT_EQ(third.read_until_closed(), "");
  EXPECT_EQ(server->status().refused_connections, 1U);
  EXPECT_EQ(server->status().accepted_connections, 2U);

  second->send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(second->read_response().status, 200);
  second->read_until_closed();
  HttpClient fourth(server->port());
  EXPECT_EQ(fourth.get("/").status, 200);
}

/// Leaves this process just the descriptors below `limit`, until destroyed.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lowered{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &lowered);
  }
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Limits, RunningOutOfDescriptorsDelaysClientsButLosesNone) {
  start({});
  HttpClient served(server->port());
  ASSERT_EQ(served.get("/").status, 200);
  const int lowest_free = ::dup(0);
  ::close(lowest_free);
  auto limit = std::make_unique<DescriptorLimit>(static_cast<rlim_t>(lowest_free) + 1);
  HttpClient waiting(server->port());  // Takes the last descriptor: none is left to accept it.
  waiting.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(served.get("/").status, 200);
  EXPECT_EQ(server->status().accepted_connections, 1U);
  limit.reset();
  EXPECT_EQ(waiting.read_response().status, 200);
}

}  // namespace
}  // namespace sovereign::http
