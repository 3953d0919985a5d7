#include "cache/redis_subscription.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sovereign::cache {
namespace {

asio::awaitable<void> write_ping(std::shared_ptr<RedisSocket> socket) {
  const std::string_view words[] = {"PING"};
  const auto bytes = encode_command(words);
  auto writing = socket->write(bytes);
  if (const auto written = co_await std::move(writing); !written) socket->close();
}

}  // namespace

RedisSubscription::RedisSubscription(SessionSetup setup, std::vector<RedisNode> nodes,
                                     base::Random& random)
    : setup_(setup), nodes_(std::move(nodes)), backoff_(random), silence_(setup.loop) {}

void RedisSubscription::add(std::string channel, MessageListener listener) {
  listeners_.emplace(std::move(channel), std::move(listener));
}

void RedisSubscription::start() {
  if (!listeners_.empty()) asio::co_spawn(setup_.loop, run(), asio::detached);
}

asio::awaitable<void> RedisSubscription::run() {
  asio::steady_timer pause(setup_.loop);
  for (std::size_t attempt = 0;; ++attempt) {
    auto opening = open_session(setup_, nodes_[attempt % nodes_.size()], Handshake::messages, {});
    const auto session = co_await std::move(opening);
    if (session) {
      auto listening = listen(**session);
      // Why it ended is known by the other connections.
      (void)co_await std::move(listening);
      is_subscribed_ = false;
      silence_.cancel();
      (*session)->socket->close();
    }
    pause.expires_after(backoff_.next());
    co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

Task<void> RedisSubscription::listen(RedisSession& session) {
  std::vector<std::string_view> words = {"SUBSCRIBE"};
  for (auto entry = listeners_.begin(); entry != listeners_.end();
       entry = listeners_.upper_bound(entry->first)) {
    words.push_back(entry->first);
  }
  const auto channels = words.size() - 1;
  const auto bytes = encode_command(words);
  auto writing = session.socket->write(bytes);
  if (const auto written = co_await std::move(writing); !written) co_return written;
  confirmed_ = 0;
  is_asked_ = false;
  for (;;) {
    watch(session.socket);
    for (;;) {
      const auto reply = session.replies.next();
      if (!reply) co_return Failure(reply.error());
      if (!*reply) break;
      if ((*reply)->is_error()) {
        co_return base::fail(ErrorCode::unavailable, "Redis refuses to send messages.",
                             std::string((*reply)->error_code()));
      }
      deliver(**reply);
    }
    if (!is_subscribed_ && confirmed_ == channels) {
      is_subscribed_ = true;
      backoff_.reset();
    }
    auto reading = session.socket->read();
    const auto read = co_await std::move(reading);
    if (!read) co_return Failure(read.error());
    is_asked_ = false;
    session.replies.feed(*read);
  }
}

void RedisSubscription::deliver(const Reply& reply) {
  const auto& items = reply.items;
  if (items.size() != 3) return;
  if (items[0].text == "subscribe") ++confirmed_;
  if (items[0].text != "message") return;
  const auto [first, last] = listeners_.equal_range(items[1].text);
  for (auto entry = first; entry != last; ++entry) entry->second(items[2].text);
}

void RedisSubscription::watch(const std::shared_ptr<RedisSocket>& socket) {
  silence_.expires_after(kSilence);
  silence_.async_wait([this, weak = std::weak_ptr(socket)](boost::system::error_code cancelled) {
    const auto open = weak.lock();
    if (!open || cancelled) return;
    if (std::exchange(is_asked_, true)) return open->close();
    asio::co_spawn(setup_.loop, write_ping(open), asio::detached);
    watch(open);
  });
}

}  // namespace sovereign::cache
