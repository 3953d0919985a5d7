// The connection on which messages come: a Redis connection that subscribed takes no other
// commands.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cache/backoff.hpp"
#include "cache/redis_session.hpp"

namespace sovereign::cache {

using MessageListener = std::function<void(std::string_view message)>;

/// Connects again whenever it must; what was published meanwhile is lost.
class RedisSubscription {
 public:
  /// A connection that is silent for so long is asked for a sign of life, and given up when it is
  /// silent as long again: a dead peer must not go unnoticed.
  static constexpr std::chrono::seconds kSilence{5};

  RedisSubscription(SessionSetup setup, std::vector<RedisNode> nodes, base::Random& random);

  /// Before start().
  void add(std::string channel, MessageListener listener);
  /// Does nothing without listeners. Ends with its loop.
  void start();

  /// Any thread.
  bool is_subscribed() const { return is_subscribed_.load(std::memory_order_relaxed); }

 private:
  asio::awaitable<void> run();
  Task<void> listen(RedisSession& session);
  void deliver(const Reply& reply);
  void watch(const std::shared_ptr<RedisSocket>& socket);

  const SessionSetup setup_;
  const std::vector<RedisNode> nodes_;
  Backoff backoff_;
  asio::steady_timer silence_;
  std::multimap<std::string, MessageListener, std::less<>> listeners_;
  std::atomic<bool> is_subscribed_ = false;
  std::size_t confirmed_ = 0;  ///< Channels of this connection so far.
  bool is_asked_ = false;      ///< For a sign of life.
};

}  // namespace sovereign::cache
