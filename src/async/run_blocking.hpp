// Runs a blocking function on a WorkerPool and resumes the calling coroutine on its own executor.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <type_traits>
#include <utility>

#include "async/task.hpp"
#include "async/worker_pool.hpp"

namespace sovereign::async {

/// Awaits `function()` on a thread of `pool`. `function` returns a Result<T> and must own what it
/// touches. Errors: what it returns, or `unavailable` at once when the pool's queue is full.
template <typename Function, typename Outcome = std::invoke_result_t<Function&>>
asio::awaitable<Outcome> run_blocking(WorkerPool& pool, Function function) {
  auto initiate = [&pool](auto handler, Function job) {
    const auto executor = asio::get_associated_executor(handler);
    // Shared between the job and the refusal below; exactly one of them completes the handler.
    auto pending = std::make_shared<decltype(handler)>(std::move(handler));
    auto guard = asio::make_work_guard(executor);
    // The guard ends on the loop's side: once it has the answer, this thread touches it no more.
    auto work = [pending, executor, guard = std::move(guard), job = std::move(job)]() mutable {
      Outcome outcome = job();
      asio::post(executor, [pending = std::move(pending), guard = std::move(guard),
                            outcome = std::move(outcome)]() mutable {
        std::move (*pending)(std::move(outcome));
      });
    };
    if (pool.try_post(std::move(work))) return;
    asio::post(executor, [pending = std::move(pending)]() mutable {
      std::move (*pending)(
          Outcome(base::fail(ErrorCode::unavailable, "The server is busy; try again in a moment.",
                             "worker pool full")));
    });
  };
  using Token = asio::use_awaitable_t<>;
  auto token = Token{};
  Outcome outcome = co_await asio::async_initiate<Token, void(Outcome)>(std::move(initiate), token,
                                                                        std::move(function));
  co_return outcome;
}

}  // namespace sovereign::async
