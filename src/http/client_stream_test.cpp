#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "http/client.hpp"
#include "support/await.hpp"
#include "support/scripted_server.hpp"
#include "support/wait_until.hpp"

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using support::await;
using support::ScriptedConnection;
using support::ScriptedServer;

constexpr std::string_view kOpenHead = "HTTP/1.1 200 OK\r\nX-Feed: yes\r\n\r\n";

ClientRequest local(const ScriptedServer& server) {
  return {.url = server.url("/"), .timeout = 10s, .allow_private_addresses = true};
}

/// All that comes until the end.
Task<std::string> read_all(ClientStream& stream) {
  std::string all;
  for (;;) {
    auto bytes = co_await stream.read();
    if (!bytes) co_return bytes;
    if (bytes->empty()) co_return all;
    all += *bytes;
  }
}

Task<std::string> stream_all(Client& client, ClientRequest request) {
  auto stream = co_await client.stream(std::move(request));
  if (!stream) co_return Failure(stream.error());
  auto all = co_await read_all(*stream);
  co_return all;
}

TEST(HttpClientStream, HandsOnEachPieceAsItComes) {
  std::promise<void> first_read;
  ScriptedServer server([&](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.write(kOpenHead);
    co_await connection.write("first");
    first_read.get_future().wait();
    co_await connection.write("second");
  });
  Client client;
  auto stream = await(client.stream(local(server)));
  ASSERT_TRUE(stream) << stream.error().context;
  EXPECT_EQ(stream->head().status, 200);
  EXPECT_EQ(stream->head().header("X-Feed"), "yes");
  EXPECT_EQ(await(stream->read()), "first");
  first_read.set_value();
  EXPECT_EQ(await(stream->read()), "second");
  EXPECT_EQ(await(stream->read()), "");
  EXPECT_EQ(await(stream->read()), "");
}

TEST(HttpClientStream, HoldsTheSenderBackWhileNobodyReads) {
  constexpr std::size_t kBlocks = 512;
  const std::string block(std::size_t{64} * 1024, 'b');
  std::atomic<std::size_t> sent = 0;
  ScriptedServer server([&](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.write(kOpenHead);
    for (std::size_t i = 0; i < kBlocks; ++i) {
      co_await connection.write(block);
      sent += block.size();
    }
  });
  Client client;
  auto stream = await(client.stream(local(server)));
  ASSERT_TRUE(stream);
  // The sender is stuck when it has sent nothing more for a while.
  std::size_t before = 0;
  while (before != sent || before == 0) {
    before = sent;
    boost::asio::io_context loop;
    boost::asio::steady_timer(loop, 50ms).wait();
  }
  EXPECT_LT(sent, kBlocks * block.size() / 2);
  const auto all = await(read_all(*stream));
  ASSERT_TRUE(all) << all.error().context;
  EXPECT_EQ(all->size(), kBlocks * block.size());
}

TEST(HttpClientStream, ItsDeadlineIsForTheHeadAndSilenceEndsTheBody) {
  ScriptedServer server([](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    if (connection.number() == 1) co_await connection.wait_closed();
    co_await connection.write(kOpenHead);
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (int i = 0; i < 10; ++i) {
      co_await connection.write("x");
      timer.expires_after(10ms);
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_await connection.wait_closed();
  });
  Client client;
  auto request = local(server);
  request.timeout = 40ms;
  const auto late = await(client.stream(request));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::timed_out);

  request.timeout = 60ms;  // Less than the body takes.
  request.idle_timeout = 400ms;
  auto stream = await(client.stream(request));
  ASSERT_TRUE(stream);
  std::string all;
  for (;;) {
    const auto bytes = await(stream->read());
    if (!bytes) {
      EXPECT_EQ(bytes.error().code, ErrorCode::timed_out);
      break;
    }
    all += *bytes;
  }
  EXPECT_EQ(all, "xxxxxxxxxx");
}

TEST(HttpClientStream, ABodyThatBreaksOffIsAnErrorAfterWhatCame) {
  ScriptedServer server([](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  });
  Client client;
  auto stream = await(client.stream(local(server)));
  ASSERT_TRUE(stream);
  EXPECT_EQ(await(stream->read()), "abc");
  const auto rest = await(stream->read());
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().code, ErrorCode::unavailable);
}

TEST(HttpClientStream, AnswersWithoutABodyEndAtOnce) {
  ScriptedServer server([](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  Client client;
  EXPECT_EQ(await(stream_all(client, local(server))), "");
}

TEST(HttpClientStream, LettingGoOfItEndsTheTransfer) {
  std::promise<void> closed;
  ScriptedServer server([&](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.write(kOpenHead);
    co_await connection.wait_closed();
    closed.set_value();
  });
  Client client;
  {
    const auto stream = await(client.stream(local(server)));
    ASSERT_TRUE(stream);
  }
  EXPECT_EQ(closed.get_future().wait_for(10s), std::future_status::ready);
}

Task<std::string> read_or_time_out(ClientStream& stream, std::chrono::milliseconds time) {
  using namespace boost::asio::experimental::awaitable_operators;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  auto either = co_await (stream.read() || timer.async_wait(boost::asio::use_awaitable));
  if (either.index() == 1) co_return base::fail(ErrorCode::timed_out, "Nothing came.");
  co_return std::get<0>(std::move(either));
}

TEST(HttpClientStream, AReaderMayGiveUpWaiting) {
  ScriptedServer server([](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.write(kOpenHead);
    co_await connection.wait_closed();
  });
  Client client;
  auto stream = await(client.stream(local(server)));
  ASSERT_TRUE(stream);
  const auto nothing = await(read_or_time_out(*stream, 20ms));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::timed_out);
}

TEST(HttpClientStream, OutlivesItsClientAsAnError) {
  ScriptedServer server([](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.write(kOpenHead);
    co_await connection.wait_closed();
  });
  auto client = std::make_unique<Client>();
  auto stream = await(client->stream(local(server)));
  ASSERT_TRUE(stream);
  client.reset();
  const auto bytes = await(stream->read());
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace sovereign::http
