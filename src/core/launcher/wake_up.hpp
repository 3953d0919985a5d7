// Wakes coroutines that wait for something to happen. Loop thread only.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/clock.hpp"

namespace sovereign::core {

class WakeUp {
 public:
  WakeUp() : waiting_(std::make_shared<Waiting>()) {}

  /// Resumes at the next notify_all(), at `deadline`, or when the coroutine is cancelled: look at
  /// the state to know which. May outlive this object.
  boost::asio::awaitable<void> wait_until(base::SteadyTime deadline) {
    return wait(waiting_, deadline);
  }

  void notify_all() {
    for (boost::asio::steady_timer* timer : *waiting_) timer->cancel();
  }

 private:
  using Waiting = std::vector<boost::asio::steady_timer*>;

  /// A place in the list, for as long as the coroutine lives.
  struct Place {
    Place(std::shared_ptr<Waiting> list, boost::asio::steady_timer& own)
        : waiting(std::move(list)), timer(own) {
      waiting->push_back(&timer);
    }
    ~Place() { std::erase(*waiting, &timer); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    std::shared_ptr<Waiting> waiting;
    boost::asio::steady_timer& timer;
  };

  static boost::asio::awaitable<void> wait(std::shared_ptr<Waiting> waiting,
                                           base::SteadyTime deadline) {
    auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, deadline);
    const Place place(std::move(waiting), timer);
    constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
    [[maybe_unused]] auto woken = co_await timer.async_wait(token);
  }

  std::shared_ptr<Waiting> waiting_;  ///< Shared with those who wait.
};

}  // namespace sovereign::core
