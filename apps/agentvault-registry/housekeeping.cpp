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
  auto wait = [this, period] { return sleep(period); };
  asio::co_spawn(loop_, repeat(std::move(wait), name, std::move(work)), asio::detached);
}

void Housekeeping::on_ring(Bell& bell, std::chrono::milliseconds pause,
                           std::chrono::milliseconds period, std::string_view name,
                           std::function<Task<void>()> work) {
  auto wait = [this, &bell, pause, period] { return wait_for(bell, pause, period); };
  asio::co_spawn(loop_, repeat(std::move(wait), name, std::move(work)), asio::detached);
}

asio::awaitable<void> Housekeeping::sleep(std::chrono::milliseconds period) {
  asio::steady_timer timer(loop_, period);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> Housekeeping::wait_for(Bell& bell, std::chrono::milliseconds pause,
                                             std::chrono::milliseconds period) {
  auto pausing = sleep(pause);
  co_await std::move(pausing);
  auto waiting = bell.wait(std::chrono::steady_clock::now() + period);
  co_await std::move(waiting);
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

asio::awaitable<void> Housekeeping::repeat(Wait wait, std::string_view name,
                                           std::function<Task<void>()> work) {
  for (bool failing = false;;) {
    auto waiting = wait();
    co_await std::move(waiting);
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
