// Runs coroutines from a plain test, on this thread, to their end.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <utility>
#include <vector>

#include "async/task.hpp"

namespace sovereign::support {

template <typename T>
boost::asio::awaitable<void> keep_outcome(Task<T> task, std::optional<Result<T>>& outcome) {
  outcome.emplace(co_await std::move(task));
}

/// Starts all of `tasks` before it waits for any; outcomes in their order.
template <typename T>
std::vector<Result<T>> await_all(std::vector<Task<T>> tasks) {
  // Outlives the call: the thread that hands over an answer may be on its way out of it still.
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

/// Of any T: async::block_on() needs one that can be made out of nothing.
template <typename T>
Result<T> await(Task<T> task) {
  std::vector<Task<T>> tasks;
  tasks.push_back(std::move(task));
  return std::move(await_all(std::move(tasks)).front());
}

}  // namespace sovereign::support
