// A client of Redis: one server, or a cluster of them, which it finds out by itself. One thread
// with one pipelined connection to each server does the work for all event loops. While Redis is
// away, commands are refused at once; it reconnects by itself.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/random.hpp"
#include "cache/redis_call.hpp"
#include "cache/redis_link.hpp"
#include "cache/redis_subscription.hpp"

namespace sovereign::cache {

/// Told what happens; must not block. Reasons hold no secrets. On the client's thread, but for
/// failed() without a code, which any thread may call.
class RedisObserver {
 public:
  virtual ~RedisObserver() = default;
  /// A command came back, or failed: `refused` is Redis' own code (NOPERM, OOM ...) or empty.
  virtual void completed(std::chrono::nanoseconds taken) = 0;
  virtual void failed(ErrorCode code, std::string_view refused) = 0;
  /// At the first attempt, then at each change.
  virtual void available() = 0;
  virtual void unavailable(std::string_view reason) = 0;
};

struct RedisOptions {
  RedisUrl url;
  std::vector<const RedisScript*> scripts = {};  ///< Loaded into each server when it is connected.
};

class Redis final : private LinkOwner {
 public:
  /// `observer` and `random` must outlive it. Error: malformed (certificates that cannot be read).
  static Result<std::unique_ptr<Redis>> make(RedisOptions options, RedisObserver& observer,
                                             base::Random& random);
  ~Redis();
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  /// Before start(): `listener` is called on the client's thread with each message.
  void subscribe(std::string channel, MessageListener listener);

  /// Connects, and waits until that succeeded, failed, or `patience` is over.
  void start(std::chrono::milliseconds patience);
  /// Fails what is under way, and joins. The loops that wait for answers must still exist.
  void stop();

  /// Whether any server is connected. Costs nothing.
  bool is_available() const { return is_available_.load(std::memory_order_relaxed); }
  /// Whether messages come through: false from a lost connection to its replacement.
  bool is_subscribed() const { return subscription_.is_subscribed(); }

  /// The answer, never an error of Redis itself. Any thread; resumes on the caller's executor.
  /// Errors: unavailable (away, or it refused: the context has its code), timed_out.
  Task<Reply> call(RedisCommand command);
  /// As call(), without waiting for what becomes of it.
  void post(RedisCommand command);

 private:
  Redis(RedisOptions options, std::unique_ptr<asio::ssl::context> tls, RedisObserver& observer,
        base::Random& random);

  void link_is_ready(RedisLink& link, const RedisSession& session) override;
  void link_is_away(RedisLink& link, const std::string& reason) override;
  void call_is_answered(RedisLink& link, RedisCallPtr call, Reply reply) override;
  void call_has_failed(RedisCallPtr call, Error error) override;
  std::string_view hash_of(const RedisScript& script) const override;

  void submit(RedisCallPtr call);
  void drain();
  void dispatch(RedisCallPtr call);
  void redirect(RedisLink& answered, RedisCallPtr call, Redirection redirection);
  void refuse(RedisLink& answered, RedisCallPtr call, const Reply& reply);
  void adopt(SlotMap slots);
  void refresh();
  RedisLink* link_for(const RedisCall& call);
  RedisLink* link_to(const RedisNode& node);
  RedisLink* any_ready();
  void note_availability(std::string_view reason);

  const RedisOptions options_;
  const std::unique_ptr<asio::ssl::context> tls_;
  RedisObserver& observer_;
  base::Random& random_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;

  std::atomic<bool> is_available_ = false;
  std::mutex mutex_;
  std::condition_variable known_;
  bool is_known_ = false;  ///< Whether it is there or not.
  bool is_stopped_ = false;
  std::vector<RedisCallPtr> inbox_;

  // Below: the loop's thread only.
  std::unordered_map<const RedisScript*, std::string> hashes_;
  std::shared_ptr<RedisLink> seed_;                        ///< To a server of the URL.
  std::map<RedisNode, std::shared_ptr<RedisLink>> links_;  ///< To the nodes of a cluster.
  std::optional<SlotMap> slots_;                           ///< Of a cluster.
  SteadyTime refresh_from_{};
  bool is_refreshing_ = false;
  RedisSubscription subscription_;
};

}  // namespace sovereign::cache
