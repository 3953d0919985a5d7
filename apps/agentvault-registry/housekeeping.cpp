#include "housekeeping.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <pthread.h>

#include <utility>

namespace sovereign::registry_app {

namespace asio = boost::asio;

Housekeeping::Housekeeping(telemetry::Log& log) : log_(log), guard_(asio::make_work_guard(loop_)) {}

Housekeeping::~Housekeeping() { stop(); }

void Housekeeping::every(std::chrono::milliseconds period, std::string_view name,
                         std::function<Task<void>()> work) {
  asio::co_spawn(loop_, repeat(period, name, std::move(work)), asio::detached);
}

void Housekeeping::start() {
  thread_ = std::thread([this] { loop_.run(); });
  pthread_setname_np(thread_.native_handle(), "housekeeping");
}

void Housekeeping::stop() {
  guard_.reset();
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

asio::awaitable<void> Housekeeping::repeat(std::chrono::milliseconds period, std::string_view name,
                                           std::function<Task<void>()> work) {
  asio::steady_timer timer(loop_);
  for (bool failing = false;;) {
    timer.expires_after(period);
    co_await timer.async_wait(asio::use_awaitable);
    auto running = work();
    const Result<void> done = co_await std::move(running);
    if (!done && !failing) {
      log_.warning(
          "housekeeping_failed",
          {{"work", name}, {"reason", done.error().detail}, {"context", done.error().context}});
    } else if (done && failing) {
      log_.info("housekeeping_recovered", {{"work", name}});
    }
    failing = !done;
  }
}

}  // namespace sovereign::registry_app
