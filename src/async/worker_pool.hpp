// A bounded pool of threads for work that blocks: password hashing, SQL engines, file trees.
// The event loops never block; a full queue is an answer (unavailable), not a queue without end.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sovereign::async {

struct WorkerPoolOptions {
  std::string name = "worker";  ///< Thread name, 15 bytes at most (Linux).
  std::size_t threads = 2;
  std::size_t queue_limit = 256;  ///< Jobs waiting beyond those running.
};

class WorkerPool {
 public:
  explicit WorkerPool(WorkerPoolOptions options);
  /// Runs what is queued, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues `job`; false when the queue is full or the pool is stopping. Any thread.
  bool try_post(std::move_only_function<void()> job);

  /// Jobs waiting, for metrics.
  std::size_t queued() const;

  /// Ends the threads after the queue is empty; later posts are refused.
  void stop();

 private:
  void run();

  const WorkerPoolOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::move_only_function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sovereign::async
