// Wakes one coroutine from any thread: "there is something to do, look".
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>

#include "base/clock.hpp"

namespace sovereign::registry_app {

class Bell {
 public:
  /// `executor` is the waiting coroutine's, on one thread.
  explicit Bell(boost::asio::io_context::executor_type executor) : timer_(executor) {}

  /// Any thread; cheap when it has been rung already.
  void ring();

  /// Until ring() is called, or was since the last wait, or `until`.
  boost::asio::awaitable<void> wait(SteadyTime until);

 private:
  boost::asio::steady_timer timer_;
  std::atomic<bool> is_rung_ = false;
};

}  // namespace sovereign::registry_app
