#include "async/worker_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <future>

#include "async/run_blocking.hpp"

namespace sovereign::async {
namespace {

Task<int> compute_on(WorkerPool& pool, std::thread::id* ran_on) {
  auto job = [ran_on]() -> Result<int> {
    *ran_on = std::this_thread::get_id();
    return 42;
  };
  co_return co_await run_blocking(pool, std::move(job));
}

TEST(RunBlocking, RunsOnThePoolAndResumesOnTheLoop) {
  asio::io_context loop;
  WorkerPool pool({.threads = 1});
  std::thread::id ran_on;
  std::optional<Result<int>> outcome;
  auto main = [&]() -> asio::awaitable<void> {
    outcome = co_await compute_on(pool, &ran_on);
    EXPECT_EQ(std::this_thread::get_id() == ran_on, false);
  };
  asio::co_spawn(loop, main(), asio::detached);
  loop.run();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(**outcome, 42);
}

TEST(RunBlocking, AnswersUnavailableWhenTheQueueIsFull) {
  asio::io_context loop;
  WorkerPool pool({.threads = 1, .queue_limit = 0});
  std::thread::id ran_on;
  std::optional<Result<int>> outcome;
  auto main = [&]() -> asio::awaitable<void> { outcome = co_await compute_on(pool, &ran_on); };
  asio::co_spawn(loop, main(), asio::detached);
  loop.run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_FALSE(outcome->has_value());
  EXPECT_EQ(outcome->error().code, ErrorCode::unavailable);
}

TEST(WorkerPool, RunsWhatIsQueuedBeforeItStops) {
  std::atomic<int> done = 0;
  {
    WorkerPool pool({.threads = 2, .queue_limit = 100});
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.try_post([&] { ++done; }));
  }
  EXPECT_EQ(done, 100);
}

TEST(WorkerPool, RefusesJobsOnceStopped) {
  WorkerPool pool({});
  pool.stop();
  EXPECT_FALSE(pool.try_post([] {}));
}

}  // namespace
}  // namespace sovereign::async
