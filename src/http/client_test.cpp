#include "http/client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "http/server.hpp"
#include "support/await.hpp"
#include "support/http_application.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"
#include "support/wait_until.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
using support::await;
using support::EchoApplication;
using support::ok_response;
using support::ScriptedConnection;
using support::ScriptedServer;
using testing::HasSubstr;
using testing::StartsWith;

/// A request to a server of this test.
ClientRequest local(std::string url) {
  return {.url = std::move(url), .timeout = 10s, .allow_private_addresses = true};
}

ErrorCode code_of(const Result<ClientResponse>& outcome) {
  return outcome ? ErrorCode::internal : outcome.error().code;
}

class HttpClientTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server.start()); }

  std::string url(std::string_view path, std::string_view host = "127.0.0.1") const {
    return fmt::format("http://{}:{}{}", host, server.port(), path);
  }
  Result<ClientResponse> ask(ClientRequest request) {
    return await(client.request(std::move(request)));
  }

  EchoApplication application;
  Server server{{.port = 0, .loops = 1}, application};
  Client client;
};

TEST_F(HttpClientTest, GetsAnAnswerWithItsHeaders) {
  const auto response = ask(local(url("/fixed")));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->header("x-extra"), "yes");
  EXPECT_EQ(response->header("absent"), "");
  EXPECT_EQ(response->body, std::string(2000, 'f'));
  EXPECT_FALSE(response->reused_connection);
  EXPECT_GT(response->duration, 0us);
}

TEST_F(HttpClientTest, SendsEachMethodWithItsBody) {
  for (const auto method :
       {Method::get, Method::post, Method::put, Method::patch, Method::delete_}) {
    auto request = local(url("/a?b"));
    request.method = method;
    request.body = "hello";
    const auto response = ask(std::move(request));
    ASSERT_TRUE(response) << response.error().context;
    EXPECT_EQ(response->body,
              fmt::format("{} /a ?b\n{}", to_string(method), method == Method::get ? "" : "hello"));
  }
  auto head = local(url("/fixed"));
  head.method = Method::head;
  const auto response = ask(std::move(head));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_EQ(response->header("Content-Length"), "2000");
  EXPECT_EQ(response->body, "");
}

TEST_F(HttpClientTest, FollowsNoRedirect) {
  const auto response = ask(local(url("/status?302")));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(application.handled().size(), 1U);
}

TEST_F(HttpClientTest, RefusesPrivateAddressesHoweverTheyAreWritten) {
  for (const std::string_view host : {"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "0x7f000001",
                                      "2130706433", "127.1", "[::ffff:127.0.0.1]", "[::]"}) {
    EXPECT_EQ(code_of(ask({.url = url("/", host)})), ErrorCode::forbidden) << host;
  }
  EXPECT_TRUE(application.handled().empty());
}

TEST_F(HttpClientTest, AKeptConnectionDoesNotLendItsRightsToAnotherRequest) {
  ASSERT_TRUE(ask(local(url("/"))));
  EXPECT_EQ(code_of(ask({.url = url("/")})), ErrorCode::forbidden);
  EXPECT_EQ(application.handled().size(), 1U);
}

TEST_F(HttpClientTest, RefusesOtherSchemesCredentialsAndBrokenHeaders) {
  for (const std::string_view bad :
       {"file:///etc/passwd", "ftp://192.0.2.1/", "gopher://192.0.2.1/", "http://", "",
        "http://a b/", "http://me:secret@192.0.2.1/"}) {
    EXPECT_EQ(code_of(ask(local(std::string(bad)))), ErrorCode::malformed) << bad;
  }
  const std::vector<std::pair<std::string, std::string>> bad_headers = {
      {"X-A", "b\r\nX-C: d"}, {"X-A", std::string("b\0c", 3)}, {"X A", "b"}, {"", "b"}};
  for (const auto& header : bad_headers) {
    auto request = local(url("/"));
    request.headers = {header};
    EXPECT_EQ(code_of(ask(std::move(request))), ErrorCode::malformed) << header.first;
  }
}

TEST_F(HttpClientTest, IgnoresAProxyOfTheEnvironment) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  const auto response = ask(local(url("/a")));
  ::unsetenv("http_proxy");
  EXPECT_TRUE(response);
}

TEST_F(HttpClientTest, StopsAtItsLimitOfBytes) {
  auto request = local(url("/large?4096"));
  request.max_body = 4096;
  EXPECT_TRUE(ask(request));
  request.max_body = 4095;
  EXPECT_EQ(code_of(ask(request)), ErrorCode::too_large);
  request.max_head = 32;
  EXPECT_EQ(code_of(ask(request)), ErrorCode::too_large);
}

TEST_F(HttpClientTest, SaysWhenNobodyListens) {
  const auto request = local(url("/"));
  server.stop(10s);
  EXPECT_EQ(code_of(ask(request)), ErrorCode::unavailable);
}

TEST_F(HttpClientTest, KeepsItsConnectionFromRequestToRequest) {
  for (int i = 0; i < 10; ++i) {
    const auto response = ask(local(url("/")));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->reused_connection, i > 0);
  }
  EXPECT_EQ(client.counts().requests, 10U);
  EXPECT_EQ(client.counts().connections_opened, 1U);
  EXPECT_EQ(client.counts().running, 0U);
}

TEST_F(HttpClientTest, RunsManyRequestsAtOnceOverABoundedNumberOfConnections) {
  std::vector<Task<ClientResponse>> tasks;
  for (int i = 0; i < 64; ++i) tasks.push_back(client.request(local(url(fmt::format("/{}", i)))));
  const auto outcomes = support::await_all(std::move(tasks));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_TRUE(outcomes[i]) << outcomes[i].error().context;
    EXPECT_EQ(outcomes[i]->body, fmt::format("GET /{} ?\n", i));
  }
  EXPECT_LE(client.counts().connections_opened, ClientOptions{}.connections_per_host);
}

TEST_F(HttpClientTest, RefusesMoreRequestsThanItsLimitAtOnce) {
  Client small({.requests = 1});
  std::vector<Task<ClientResponse>> tasks;
  auto stalled = local(url("/stall"));
  stalled.timeout = 50ms;
  tasks.push_back(small.request(stalled));
  tasks.push_back(small.request(stalled));
  const auto outcomes = support::await_all(std::move(tasks));
  EXPECT_EQ(code_of(outcomes[0]), ErrorCode::timed_out);
  EXPECT_EQ(code_of(outcomes[1]), ErrorCode::unavailable);
}

TEST_F(HttpClientTest, CancellationEndsTheTransferAtOnce) {
  boost::asio::io_context loop(1);
  boost::asio::cancellation_signal signal;
  std::optional<Result<ClientResponse>> outcome;
  boost::asio::co_spawn(
      loop, client.request(local(url("/stall"))),
      boost::asio::bind_cancellation_slot(
          signal.slot(), [&](const std::exception_ptr&, Result<ClientResponse> result) {
            outcome = std::move(result);
          }));
  loop.poll();
  application.wait_stalled(1);
  signal.emit(boost::asio::cancellation_type::terminal);
  loop.run();
  ASSERT_TRUE(outcome && !*outcome);
  EXPECT_EQ(outcome->error().name, Client::kCancelled);
  application.wait_unstalled(1);  // The server saw the connection go.
  EXPECT_EQ(client.counts().running, 0U);
}

TEST_F(HttpClientTest, StoppingEndsWhatRunsAndRefusesWhatComes) {
  boost::asio::io_context loop(1);
  std::optional<Result<ClientResponse>> outcome;
  boost::asio::co_spawn(loop, support::keep_outcome(client.request(local(url("/stall"))), outcome),
                        boost::asio::detached);
  loop.poll();
  application.wait_stalled(1);
  client.stop();
  loop.run();
  EXPECT_EQ(code_of(*outcome), ErrorCode::unavailable);
  EXPECT_EQ(code_of(ask(local(url("/")))), ErrorCode::unavailable);
}

/// Against servers that misbehave.
class HostileServerTest : public testing::Test {
 protected:
  Result<ClientResponse> ask(ClientRequest request) {
    return await(client.request(std::move(request)));
  }
  Client client;
};

TEST_F(HostileServerTest, AHugeBodyIsRefusedAtTheLimitAnnouncedOrNot) {
  ScriptedServer server([](ScriptedConnection& connection) -> boost::asio::awaitable<void> {
    const auto request = co_await connection.read_request();
    const bool announced = request.starts_with("GET /announced");
    co_await connection.write("HTTP/1.1 200 OK\r\n");
    co_await connection.write(announced ? "Content-Length: 104857600\r\n\r\n" : "\r\n");
    const std::string block(std::size_t{64} * 1024, 'x');
    for (int i = 0; i < 1600; ++i) co_await connection.write(block);
  });
  EXPECT_EQ(code_of(ask(local(server.url("/announced")))), ErrorCode::too_large);
  EXPECT_EQ(code_of(ask(local(server.url("/endless")))), ErrorCode::too_large);
}

TEST_F(HostileServerTest, ABodyThatDripsHitsTheDeadline) {
  ScriptedServer server([](ScriptedConnection& connection) -> boost::asio::awaitable<void> {
    co_await connection.read_request();
    co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
      co_await connection.write("x");
      timer.expires_after(5ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  });
  auto request = local(server.url("/"));
  request.timeout = 60ms;
  EXPECT_EQ(code_of(ask(std::move(request))), ErrorCode::timed_out);
}

TEST_F(HostileServerTest, AnAnswerThatBreaksOffOrIsNoHttpIsUnavailable) {
  ScriptedServer server([](ScriptedConnection& connection) -> boost::asio::awaitable<void> {
    const auto request = co_await connection.read_request();
    co_await connection.write(request.starts_with("GET /cut")
                                  ? "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"
                                  : "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  });
  EXPECT_EQ(code_of(ask(local(server.url("/cut")))), ErrorCode::unavailable);
  EXPECT_EQ(code_of(ask(local(server.url("/other")))), ErrorCode::unavailable);
}

/// Answers once, then closes its kept connection instead of answering the second request.
ScriptedServer::Script closing_first_connection(std::atomic<int>& requests) {
  return [&requests](ScriptedConnection& connection) -> boost::asio::awaitable<void> {
    for (;;) {
      co_await connection.read_request();
      const int number = ++requests;
      if (connection.number() == 1 && number > 1) co_return;
      const auto answer = ok_response(std::to_string(number));
      co_await connection.write(answer);
    }
  };
}

TEST_F(HostileServerTest, AClosedKeptConnectionIsRepeatedOnceForWhatMayBeRepeated) {
  for (const auto repeat : {Repeat::by_method, Repeat::allowed}) {
    std::atomic<int> requests = 0;
    ScriptedServer server(closing_first_connection(requests));
    auto request = local(server.url("/"));
    request.repeat = repeat;
    request.method = repeat == Repeat::allowed ? Method::post : Method::get;
    request.body = "again";
    ASSERT_TRUE(ask(request));
    const auto response = ask(request);
    ASSERT_TRUE(response) << response.error().context;
    EXPECT_EQ(response->body, "3");
    EXPECT_EQ(server.connections(), 2);
  }
}

TEST_F(HostileServerTest, ARequestThatMayHaveHadAnEffectIsNotRepeated) {
  for (const std::string_view body : {"once", ""}) {
    std::atomic<int> requests = 0;
    ScriptedServer server(closing_first_connection(requests));
    auto request = local(server.url("/"));
    request.method = Method::post;
    request.body = body;
    ASSERT_TRUE(ask(request));
    EXPECT_EQ(code_of(ask(request)), ErrorCode::unavailable);
    EXPECT_EQ(requests, 2);
  }
}

TEST_F(HostileServerTest, SendsAFileFromItsOffset) {
  ScriptedServer server([](ScriptedConnection& connection) -> boost::asio::awaitable<void> {
    const auto request = co_await connection.read_request();
    const auto answer = ok_response(request);
    co_await connection.write(answer);
  });
  const support::TemporaryFolder folder;
  const auto path = folder.file("body");
  std::ofstream(path) << "0123456789";
  auto file = std::make_shared<base::FileDescriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  auto request = local(server.url("/"));
  request.method = Method::put;
  request.file = FileBody{.file = file, .offset = 2, .size = 5};
  const auto response = ask(request);
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_THAT(response->body, StartsWith("PUT / HTTP/1.1\r\n"));
  EXPECT_TRUE(response->body.ends_with("\r\n\r\n23456"));
  request.file->size = 100;
  const auto too_short = ask(request);
  ASSERT_FALSE(too_short);
  EXPECT_EQ(too_short.error().code, ErrorCode::unavailable);
  EXPECT_THAT(too_short.error().context, HasSubstr("shorter"));
}

TEST_F(HostileServerTest, SignsForObjectStores) {
  ScriptedServer server([](ScriptedConnection& connection) -> boost::asio::awaitable<void> {
    const auto request = co_await connection.read_request();
    const auto answer = ok_response(request);
    co_await connection.write(answer);
  });
  auto request = local(server.url("/bucket/key"));
  request.headers = {{"x-amz-content-sha256", "UNSIGNED-PAYLOAD"}};
  request.aws = AwsCredentials{"AKID", "secret", "us-east-1", "s3"};
  const auto response = ask(std::move(request));
  ASSERT_TRUE(response) << response.error().context;
  EXPECT_THAT(response->body, HasSubstr("Authorization: AWS4-HMAC-SHA256 Credential=AKID/"));
  EXPECT_THAT(response->body, HasSubstr("/us-east-1/s3/aws4_request"));
  EXPECT_THAT(response->body, testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace sovereign::http
