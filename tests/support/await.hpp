// Runs coroutines from a plain test, on this thread, to their end.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <utility>
#include <vector>

#include "async/block_on.hpp"

namespace sovereign::support {

using async::keep_outcome;

/// Starts all of `tasks` before it waits for any; outcomes in their order.
template <typename T>
std::vector<Result<T>> await_all(std::vector<Task<T>> tasks) {
  // As that of async::block_on(): it outlives the call.
  thread_local boost::asio::io_context loop(1);
  loop.restart();
  std::vector<std::optional<Result<T>>> outcomes(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    boost::asio::co_spawn(loop, keep_outcome(std::move(tasks[i]), outcomes[i]),
                          boost::asio::detached);
  }
  loop.run();
  std::vector<Result<T>> unwrapped;
  for (auto& outcome : outcomes) unwrapped.push_back(std::move(outcome.value()));
  return unwrapped;
}

template <typename T>
Result<T> await(Task<T> task) {
  return async::block_on(std::move(task));
}

}  // namespace sovereign::support
