#include "registry/federation/race.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <exception>
#include <memory>
#include <utility>

namespace sovereign::registry {
namespace {

namespace asio = boost::asio;

constexpr int kServerError = 500;

/// Shared by the requests and the one that waits for them, who may be gone before.
struct Race {
  explicit Race(const asio::any_io_executor& executor) : changed(executor) {}

  bool is_over() const { return outcome && (is_good(*outcome) || running == 0); }
  static bool is_good(const Result<http::ClientResponse>& outcome) {
    return outcome && outcome->status < kServerError;
  }

  asio::steady_timer changed;  ///< Cancelled when a request has ended.
  std::optional<Result<http::ClientResponse>> outcome;
  std::array<asio::cancellation_signal, 2> stops;
  std::size_t started = 0;
  std::size_t running = 0;
};

void take(Race& race, Result<http::ClientResponse> outcome) {
  --race.running;
  if (!race.outcome || !Race::is_good(*race.outcome)) race.outcome = std::move(outcome);
  race.changed.cancel();
}

void start(const std::shared_ptr<Race>& race, http::Client& client,
           const http::ClientRequest& request) {
  auto& stop = race->stops.at(race->started++);
  ++race->running;
  auto on_end = [race](const std::exception_ptr& error, Result<http::ClientResponse> outcome) {
    if (error) outcome = base::fail(ErrorCode::unavailable, "The request was cancelled.");
    take(*race, std::move(outcome));
  };
  asio::co_spawn(race->changed.get_executor(), client.request(request),
                 asio::bind_cancellation_slot(stop.slot(), std::move(on_end)));
}

/// Until a request ends or `until` comes.
asio::awaitable<void> wait(Race& race, std::optional<std::chrono::microseconds> time) {
  if (time) {
    race.changed.expires_after(*time);
  } else {
    race.changed.expires_at(SteadyTime::max());
  }
  boost::system::error_code ignored;
  co_await race.changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

Task<http::ClientResponse> race(http::Client& client, http::ClientRequest request, RaceRule rule) {
  const auto race = std::make_shared<Race>(co_await asio::this_coro::executor);
  start(race, client, request);
  if (rule.patience) {
    co_await wait(*race, rule.patience);
    if (race->running == 1 && rule.may_start_second()) start(race, client, request);
  }
  while (!race->is_over()) co_await wait(*race, std::nullopt);
  if (race->running > 0) {
    for (auto& stop : race->stops) stop.emit(asio::cancellation_type::terminal);
  }
  co_return std::move(*race->outcome);
}

}  // namespace sovereign::registry
