// One connection to one Redis server, kept: commands are pipelined, answers come back in order, and
// a lost connection is made again. While it is away, commands are refused at once.
#pragma once

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cache/backoff.hpp"
#include "cache/redis_call.hpp"
#include "cache/redis_session.hpp"

namespace sovereign::cache {

class RedisLink;

/// Whom a link tells; on the loop's thread.
class LinkOwner {
 public:
  virtual void link_is_ready(RedisLink& link, const RedisSession& session) = 0;
  /// It was ready, or its first attempt failed. `reason` holds no secret.
  virtual void link_is_away(RedisLink& link, const std::string& reason) = 0;
  virtual void call_is_answered(RedisLink& link, RedisCallPtr call, Reply reply) = 0;
  virtual void call_has_failed(RedisCallPtr call, Error error) = 0;
  /// The script's hash at the servers, or empty when it is not known.
  virtual std::string_view hash_of(const RedisScript& script) const = 0;

 protected:
  ~LinkOwner() = default;
};

struct LinkParts {
  SessionSetup setup;
  LinkOwner& owner;
  base::Random& random;
  const std::vector<const RedisScript*>& scripts;
};

/// For the thread of its loop only.
class RedisLink : public std::enable_shared_from_this<RedisLink> {
 public:
  /// More commands than these on their way are refused: the server does not keep up.
  static constexpr std::size_t kMaxPending = 10'000;
  static constexpr std::size_t kMaxOutgoingBytes = 32UL * 1024 * 1024;
  /// A server that leaves a command without any answer for so long is taken for gone.
  static constexpr std::chrono::milliseconds kSilenceLimit{500};

  enum class State {
    connecting,  ///< For the first time: commands wait, each for its own limit.
    ready,
    away
  };

  /// The nodes are tried in turn; a node without host means the URL's socket.
  RedisLink(LinkParts parts, std::vector<RedisNode> nodes);

  /// Connects, and again whenever it must, until retire().
  void start();
  /// Fails what is under way and connects no more.
  void retire(const Error& error);

  State state() const { return state_; }
  /// Where it is connected, or tried last.
  const RedisNode& node() const { return nodes_[attempt_ % nodes_.size()]; }

  /// Queues; flush() sends what is queued.
  void send(RedisCallPtr call);
  void flush();
  /// The server is not what we need (a demoted master): look again.
  void reconnect();

 private:
  struct Pending {
    RedisCallPtr call;  ///< Null once its limit is over: the answer is dropped.
    SteadyTime sent_at;
  };

  static asio::awaitable<void> run(std::shared_ptr<RedisLink> self);
  static asio::awaitable<void> write_out(std::shared_ptr<RedisLink> self,
                                         std::shared_ptr<RedisSocket> socket);
  Task<void> read_replies(RedisSession& session);
  Result<void> hand_out(ReplyReader& replies);
  void append(RedisCall& call);
  void become_away(const Error& error);
  void fail_all(const Error& error);
  void watch(SteadyTime until);
  void expire();

  LinkParts parts_;
  const std::vector<RedisNode> nodes_;
  std::size_t attempt_ = 0;
  State state_ = State::connecting;
  bool is_retired_ = false;
  Backoff backoff_;
  asio::steady_timer pause_;
  asio::steady_timer watch_;
  SteadyTime watched_until_ = SteadyTime::max();
  std::shared_ptr<RedisSocket> socket_;  ///< While ready; shared with what reads and writes it.
  bool is_writing_ = false;
  std::string outgoing_;
  std::deque<Pending> pending_;
};

}  // namespace sovereign::cache
