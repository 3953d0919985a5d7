// Coroutines on any event loop that wait for something that happens on another thread: each may be
// woken, or times out. Waking costs one posted handler a waiter.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_set>

#include "base/clock.hpp"

namespace sovereign::registry {

class Wakers {
  struct Entry {
    explicit Entry(boost::asio::any_io_executor executor) : timer(std::move(executor)) {}
    boost::asio::steady_timer timer;  ///< Only on its executor.
    std::atomic<bool> is_posted = false;
  };

 public:
  /// One who waits, on one executor's thread; makes no sense of what it waits for.
  class Waker {
   public:
    ~Waker();
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;

    /// Until wake_all() is called after this Waker was made or last waited, or `until`. May return
    /// early: look again at what was waited for. Cancellable.
    boost::asio::awaitable<void> wait(SteadyTime until);
    /// Ends a wait() that is under way; on the executor's thread.
    void cancel() { entry_->timer.cancel(); }

   private:
    friend class Wakers;
    Waker(Wakers& owner, std::shared_ptr<Entry> entry) : owner_(owner), entry_(std::move(entry)) {}
    Wakers& owner_;
    std::shared_ptr<Entry> entry_;  ///< Shared with a wake that is on its way.
  };

  /// `this` must outlive it. Any thread.
  std::unique_ptr<Waker> add(boost::asio::any_io_executor executor);

  /// Any thread.
  void wake_all();

  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_set<std::shared_ptr<Entry>> entries_;
};

}  // namespace sovereign::registry
