// Long operations that outlive the request that asked for them: a client that goes away ends
// nothing. Their owner can end them all. Loop thread only.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>
#include <memory>
#include <optional>
#include <utility>

#include "async/task.hpp"

namespace sovereign::core {

class Operations {
 public:
  Operations() = default;
  Operations(const Operations&) = delete;
  Operations& operator=(const Operations&) = delete;

  /// Runs `work`, which must own its parameters, on the caller's executor and answers what it
  /// answers. When the caller is cancelled, `work` goes on. Errors: `unavailable` after stop().
  template <typename T>
  Task<T> run(Task<T> work) {
    if (state_->is_stopping) co_return stopping();
    const auto executor = co_await async::asio::this_coro::executor;
    auto outcome = std::make_shared<Outcome<T>>(executor);
    const auto place = state_->running.emplace(state_->running.end());
    auto ended = [state = state_, place](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
      state->running.erase(place);
      if (state->running.empty() && state->all_ended != nullptr) state->all_ended->cancel();
    };
    async::asio::co_spawn(executor, carry<T>(outcome, std::move(work)),
                          async::asio::bind_cancellation_slot(place->slot(), std::move(ended)));
    if (!outcome->result) {
      constexpr auto token = async::asio::as_tuple(async::asio::use_awaitable);
      [[maybe_unused]] auto woken = co_await outcome->done.async_wait(token);
    }
    if (!outcome->result) co_return stopping();
    co_return std::move(*outcome->result);
  }

  /// Refuses new operations, cancels those under way and waits until they have ended: their
  /// programs are killed and their failures recorded. The database must still be open.
  async::asio::awaitable<void> stop();

  std::size_t size() const { return state_->running.size(); }

 private:
  using Running = std::list<async::asio::cancellation_signal>;

  /// Shared with the operations, which may outlive this object when the loop ends first.
  struct State {
    Running running;
    bool is_stopping = false;
    async::asio::steady_timer* all_ended = nullptr;  ///< Set while stop() waits.
  };

  template <typename T>
  struct Outcome {
    explicit Outcome(const async::asio::any_io_executor& executor)
        : done(executor, async::asio::steady_timer::time_point::max()) {}
    std::optional<Result<T>> result;
    async::asio::steady_timer done;
  };

  static Failure stopping();

  template <typename T>
  static async::asio::awaitable<void> carry(std::shared_ptr<Outcome<T>> outcome, Task<T> work) {
    // An operation that is cancelled still records how it ended.
    co_await async::asio::this_coro::throw_if_cancelled(false);
    outcome->result.emplace(co_await std::move(work));
    outcome->done.cancel();
  }

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace sovereign::core
