// A few pipelined connections on a thread of their own, and the requests that wait for one.
#pragma once

#include <thread>

#include "sql/postgres_connection.hpp"

namespace sovereign::sql {

class PostgresPool final : private PostgresConnection::Owner {
 public:
  struct Counts {
    std::size_t waiting_writes = 0;
    std::size_t waiting_reads = 0;
    std::uint64_t commits = 0;
  };

  PostgresPool(PostgresSettings settings, std::size_t connections, std::size_t queue_limit);
  /// Fails what is in flight or waits, then ends the thread.
  ~PostgresPool();

  /// Any thread. `request.complete` is called from the pool's thread, or at once when too many
  /// wait.
  void submit(PostgresRequest request);

  Counts counts() const;

 private:
  /// Those of one kind that wait; the count is what other threads see.
  struct Queue {
    std::deque<PostgresRequest> requests;
    std::atomic<std::size_t> waiting = 0;

    PostgresRequest pop();
  };

  void on_changed() override;
  void on_committed() override { commits_.fetch_add(1, std::memory_order_relaxed); }
  void on_retry(PostgresRequest request) override;

  Queue& queue_of(PostgresRequest::Kind kind) {
    return kind == PostgresRequest::Kind::read ? reads_ : writes_;
  }
  void dispatch();
  void dispatch(Queue& queue, std::size_t depth_limit);
  PostgresConnection* least_busy(std::size_t depth_limit);
  void fail_waiting(Queue& queue, std::string_view why);
  void fail_expired(Queue& queue, std::chrono::steady_clock::time_point queued_before);
  void schedule_sweep();
  void sweep();

  const PostgresSettings settings_;
  const std::size_t queue_limit_;
  asio::io_context loop_{1};
  asio::steady_timer sweep_timer_{loop_};
  std::vector<std::unique_ptr<PostgresConnection>> connections_;
  Queue reads_;
  Queue writes_;
  std::atomic<std::uint64_t> commits_ = 0;
  bool dispatch_is_scheduled_ = false;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace sovereign::sql
