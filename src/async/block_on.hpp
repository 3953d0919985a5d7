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

/// The loop outlives the call: the thread that hands over the answer may be on its way out of it
/// still.
template <typename T>
Result<T> block_on(Task<T> task) {
  thread_local asio::io_context loop(1);
  loop.restart();
  std::optional<Result<T>> outcome;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, Result<T> result) {
    if (error) std::rethrow_exception(error);
    outcome.emplace(std::move(result));
  });
  loop.run();
  return std::move(*outcome);
}

}  // namespace sovereign::async
