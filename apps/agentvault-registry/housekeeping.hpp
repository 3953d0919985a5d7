// What a server does by itself, on a thread of its own: follows other processes, flushes logs,
// writes usage, purges what has expired.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <string_view>
#include <thread>

#include "async/task.hpp"
#include "bell.hpp"
#include "telemetry/log.hpp"

namespace sovereign::registry_app {

class Housekeeping {
 public:
  explicit Housekeeping(telemetry::Log& log);
  /// As stop().
  ~Housekeeping();

  boost::asio::io_context::executor_type executor() { return loop_.get_executor(); }

  /// Runs `work` every `period`, the first time after one; a failure is logged when it begins and
  /// when it ends. Before start().
  void every(std::chrono::milliseconds period, std::string_view name,
             std::function<Task<void>()> work);

  /// The same after each ring of `bell` too, but with `pause` in between. `bell` waits on
  /// executor(), and must outlive this.
  void on_ring(Bell& bell, std::chrono::milliseconds pause, std::chrono::milliseconds period,
               std::string_view name, std::function<Task<void>()> work);

  void start();
  /// Cancels what waits and joins.
  void stop();

 private:
  using Wait = std::function<boost::asio::awaitable<void>()>;

  boost::asio::awaitable<void> sleep(std::chrono::milliseconds period);
  boost::asio::awaitable<void> wait_for(Bell& bell, std::chrono::milliseconds pause,
                                        std::chrono::milliseconds period);
  boost::asio::awaitable<void> repeat(Wait wait, std::string_view name,
                                      std::function<Task<void>()> work);

  telemetry::Log& log_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::thread thread_;
};

}  // namespace sovereign::registry_app
