#include "core/sync/operations.hpp"

namespace sovereign::core {

Failure Operations::stopping() {
  return base::fail(ErrorCode::unavailable, "The Core is stopping.");
}

async::asio::awaitable<void> Operations::stop() {
  state_->is_stopping = true;
  const auto executor = co_await async::asio::this_coro::executor;
  async::asio::steady_timer all_ended(executor, async::asio::steady_timer::time_point::max());
  for (auto& signal : state_->running) signal.emit(async::asio::cancellation_type::terminal);
  if (state_->running.empty()) co_return;
  state_->all_ended = &all_ended;
  constexpr auto token = async::asio::as_tuple(async::asio::use_awaitable);
  [[maybe_unused]] auto woken = co_await all_ended.async_wait(token);
  state_->all_ended = nullptr;
}

}  // namespace sovereign::core
