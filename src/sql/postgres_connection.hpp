// One pipelined connection to PostgreSQL, on the thread of its event loop: connects, reconnects
// with backoff, and carries many requests at once. At most one undecided write holds it at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <random>

#include "sql/postgres_exchange.hpp"
#include "sql/postgres_settings.hpp"
#include "sql/postgres_values.hpp"

namespace sovereign::sql {

class PostgresConnection {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// Who owns the connection. Called from its loop, and may use the connection only later.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Requests may fit now, or the connection went away.
    virtual void on_changed() = 0;
    virtual void on_committed() = 0;
    /// A write that lost against another one, to be sent once more.
    virtual void on_retry(PostgresRequest request) = 0;
  };

  PostgresConnection(asio::io_context& loop, const PostgresSettings& settings, Owner& owner);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  void connect();
  /// Fails what is in flight and stays closed.
  void close();

  /// Whether a request may be sent now.
  bool is_free() const {
    return state_ == State::ready && (exchanges_.empty() || !exchanges_.back().is_open());
  }
  /// Whether requests may hope for it: neither broken nor closed.
  bool is_hopeful() const { return state_ != State::broken && state_ != State::closed; }
  std::size_t depth() const { return exchanges_.size(); }
  const std::string& last_failure() const { return last_failure_; }

  /// Only while is_free().
  void send(PostgresRequest request);

  /// Breaks the connection when the server has been silent for too long.
  void check_deadline(SteadyTime now);

 private:
  enum class State { connecting, configuring, ready, broken, closed };
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  enum class Readiness { read, write };

  void poll_connect();
  void start_configuring();
  void continue_configuring();
  void become_ready();
  void take_results();
  void on_pipeline_result(const PGresult* result);
  void on_sync();
  void finish_front();
  void flush();
  /// A descriptor of our own for libpq's socket, which libpq may close and replace behind our back.
  bool watch_socket();
  void wait_for(Readiness readiness);
  void on_ready(Readiness readiness);
  void fail(std::string why);
  void drop(std::string_view why);
  void schedule_reconnect();
  void extend_deadline();

  const PostgresSettings& settings_;
  Owner& owner_;
  State state_ = State::broken;
  std::unique_ptr<PGconn, Finish> connection_;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer reconnect_timer_;
  std::uint64_t generation_ = 0;  ///< Tells handlers of an earlier connection apart.
  bool waits_to_write_ = false;
  SteadyTime deadline_ = SteadyTime::max();
  std::chrono::milliseconds backoff_{0};
  std::minstd_rand jitter_{std::random_device{}()};
  std::string last_failure_ = "not connected yet";
  std::deque<PostgresExchange> exchanges_;  ///< In flight, oldest first.
  PostgresExchange::PreparedNames prepared_;
};

}  // namespace sovereign::sql
