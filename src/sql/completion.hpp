// Bridges engine threads and coroutines: a function called once, from any thread, with the outcome.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <utility>

#include "async/task.hpp"

namespace sovereign::sql {

namespace asio = boost::asio;

/// Must be called exactly once; keeps the caller's event loop running until then.
template <typename T>
using Completion = std::move_only_function<void(Result<T>)>;

/// Awaits what `start(Completion<T>)` sets going, and resumes on the coroutine's own executor.
template <typename T, typename Start>
Task<T> await_completion(Start start) {
  using Outcome = Result<T>;
  using Token = asio::use_awaitable_t<>;
  auto initiate = [](auto handler, Start begin) {
    auto guard = asio::make_work_guard(asio::get_associated_executor(handler));
    begin(Completion<T>(
        [handler = std::move(handler), guard = std::move(guard)](Outcome outcome) mutable {
          asio::post(guard.get_executor(),
                     [handler = std::move(handler), outcome = std::move(outcome)]() mutable {
                       std::move(handler)(std::move(outcome));
                     });
          guard.reset();
        }));
  };
  auto token = Token{};
  Outcome outcome = co_await asio::async_initiate<Token, void(Outcome)>(std::move(initiate), token,
                                                                        std::move(start));
  co_return outcome;
}

}  // namespace sovereign::sql
