// Runs one coroutine to its end on the calling thread: for commands and start-up, where there is no
// event loop yet.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

#include "async/task.hpp"

namespace sovereign::async {

/// Asio would make a T without a value to report an exception beside; not every T has one.
template <typename T>
asio::awaitable<void> keep_outcome(Task<T> task, std::optional<Result<T>>& outcome) {
  outcome.emplace(co_await std::move(task));
}

/// The loop outlives the call: the thread that hands over the answer may be on its way out of it
/// still.
template <typename T>
Result<T> block_on(Task<T> task) {
  thread_local asio::io_context loop(1);
  loop.restart();
  std::optional<Result<T>> outcome;
  asio::co_spawn(loop, keep_outcome(std::move(task), outcome), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  loop.run();
  return std::move(*outcome);
}

}  // namespace sovereign::async
