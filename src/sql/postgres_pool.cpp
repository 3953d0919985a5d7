#include "sql/postgres_pool.hpp"

#include <pthread.h>

#include "sql/rules.hpp"

namespace sovereign::sql {
namespace {

using namespace std::chrono_literals;

// More in one pipeline only queue behind each other: past this the server is the limit.
constexpr std::size_t kPipelineDepth = 32;
constexpr std::size_t kAnyDepth = std::numeric_limits<std::size_t>::max();
constexpr std::chrono::milliseconds kLongestSweepInterval = 1s;
constexpr auto kRetryPause = 10ms;

}  // namespace

PostgresRequest PostgresPool::Queue::pop() {
  PostgresRequest request = std::move(requests.front());
  requests.pop_front();
  waiting.fetch_sub(1, std::memory_order_relaxed);
  return request;
}

PostgresPool::PostgresPool(PostgresSettings settings, std::size_t connections,
                           std::size_t queue_limit)
    : settings_(std::move(settings)), queue_limit_(queue_limit) {
  PostgresConnection::Owner& owner = *this;
  for (std::size_t i = 0; i < connections; ++i) {
    auto& connection =
        connections_.emplace_back(std::make_unique<PostgresConnection>(loop_, settings_, owner));
    asio::post(loop_, [&connection = *connection] { connection.connect(); });
  }
  schedule_sweep();
  thread_ = std::thread([this] { loop_.run(); });
  pthread_setname_np(thread_.native_handle(), "postgres-pool");
}

PostgresPool::~PostgresPool() {
  // The loop ends by itself once nothing is left to wait for.
  asio::post(loop_, [this] {
    closed_ = true;
    sweep_timer_.cancel();
    for (auto& connection : connections_) connection->close();
    fail_waiting(reads_, "the database is being closed");
    fail_waiting(writes_, "the database is being closed");
  });
  thread_.join();
}

void PostgresPool::submit(PostgresRequest request) {
  Queue& queue = queue_of(request.kind);
  if (queue.waiting.fetch_add(1, std::memory_order_relaxed) >= queue_limit_) {
    queue.waiting.fetch_sub(1, std::memory_order_relaxed);
    return request.complete(
        queue_full(request.kind == PostgresRequest::Kind::read ? "read" : "write"));
  }
  request.queued = std::chrono::steady_clock::now();
  asio::post(loop_, [this, &queue, request = std::move(request)]() mutable {
    queue.requests.push_back(std::move(request));
    dispatch();
  });
}

PostgresPool::Counts PostgresPool::counts() const {
  return {writes_.waiting.load(std::memory_order_relaxed),
          reads_.waiting.load(std::memory_order_relaxed), commits_.load(std::memory_order_relaxed)};
}

void PostgresPool::on_changed() {
  // Later, since the connection that calls is in the middle of something.
  if (std::exchange(dispatch_is_scheduled_, true)) return;
  asio::post(loop_, [this] {
    dispatch_is_scheduled_ = false;
    dispatch();
  });
}

void PostgresPool::on_retry(PostgresRequest request) {
  request.was_retried = true;
  request.queued = std::chrono::steady_clock::now();
  writes_.waiting.fetch_add(1, std::memory_order_relaxed);
  // A moment later: at once, it would often take the lock that the winner still waits for.
  auto pause = std::make_unique<asio::steady_timer>(loop_, kRetryPause);
  auto& timer = *pause;
  timer.async_wait([this, pause = std::move(pause),
                    request = std::move(request)](const boost::system::error_code&) mutable {
    writes_.requests.push_back(std::move(request));
    dispatch();
  });
}

void PostgresPool::dispatch() {
  // Reads first, up to the depth; then each free connection may take a write, which holds it until
  // it is decided. So neither kind can starve the other.
  dispatch(reads_, kPipelineDepth);
  dispatch(writes_, kAnyDepth);
  const bool hopeless =
      closed_ || std::ranges::none_of(connections_, [](const auto& c) { return c->is_hopeful(); });
  if (!hopeless) return;
  fail_waiting(reads_, connections_.front()->last_failure());
  fail_waiting(writes_, connections_.front()->last_failure());
}

void PostgresPool::dispatch(Queue& queue, std::size_t depth_limit) {
  while (!queue.requests.empty()) {
    PostgresConnection* connection = least_busy(depth_limit);
    if (connection == nullptr) return;
    connection->send(queue.pop());
  }
}

PostgresConnection* PostgresPool::least_busy(std::size_t depth_limit) {
  PostgresConnection* best = nullptr;
  for (const auto& connection : connections_) {
    if (!connection->is_free() || connection->depth() >= depth_limit) continue;
    if (best == nullptr || connection->depth() < best->depth()) best = connection.get();
  }
  return best;
}

void PostgresPool::fail_waiting(Queue& queue, std::string_view why) {
  while (!queue.requests.empty()) queue.pop().complete(database_unavailable(std::string(why)));
}

void PostgresPool::fail_expired(Queue& queue, std::chrono::steady_clock::time_point queued_before) {
  while (!queue.requests.empty() && queue.requests.front().queued < queued_before) {
    queue.pop().complete(database_unavailable("no connection became free in time"));
  }
}

void PostgresPool::schedule_sweep() {
  sweep_timer_.expires_after(std::min(settings_.timeout / 4, kLongestSweepInterval));
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !closed_) sweep();
  });
}

void PostgresPool::sweep() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& connection : connections_) connection->check_deadline(now);
  fail_expired(reads_, now - settings_.timeout);
  fail_expired(writes_, now - settings_.timeout);
  schedule_sweep();
}

}  // namespace sovereign::sql
