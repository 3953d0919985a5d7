#include "sql/postgres_connection.hpp"

#include <fcntl.h>

#include "base/encoding.hpp"

namespace sovereign::sql {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstBackoff = 50ms;
constexpr auto kLongestBackoff = 1000ms;
// The server ends a slow statement itself; past this the server or the network is gone.
constexpr auto kSilenceGrace = 1000ms;

}  // namespace

PostgresConnection::PostgresConnection(asio::io_context& loop, const PostgresSettings& settings,
                                       Owner& owner)
    : settings_(settings), owner_(owner), socket_(loop), reconnect_timer_(loop) {}

PostgresConnection::~PostgresConnection() = default;

void PostgresConnection::connect() {
  ++generation_;
  state_ = State::connecting;
  const PostgresConnectParameters parameters(settings_);
  // Looks up the host's name meanwhile: that blocks this thread, which serves nothing but us.
  connection_.reset(PQconnectStartParams(parameters.keywords(), parameters.values(), 1));
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return fail(PQerrorMessage(connection_.get()));
  deadline_ = std::chrono::steady_clock::now() + settings_.timeout;
  if (watch_socket()) wait_for(Readiness::write);
}

void PostgresConnection::close() {
  drop("the database is being closed");
  state_ = State::closed;
  reconnect_timer_.cancel();
}

void PostgresConnection::send(PostgresRequest request) {
  if (exchanges_.empty()) extend_deadline();
  auto& exchange = exchanges_.emplace_back(std::move(request));
  if (!exchange.send(connection_.get(), prepared_)) return fail(PQerrorMessage(connection_.get()));
  flush();
}

void PostgresConnection::check_deadline(SteadyTime now) {
  if (now > deadline_) fail("the server has been silent for too long");
}

void PostgresConnection::poll_connect() {
  switch (PQconnectPoll(connection_.get())) {
    case PGRES_POLLING_READING:
      if (watch_socket()) wait_for(Readiness::read);
      return;
    case PGRES_POLLING_WRITING:
      if (watch_socket()) wait_for(Readiness::write);
      return;
    case PGRES_POLLING_OK: return start_configuring();
    default: return fail(PQerrorMessage(connection_.get()));
  }
}

void PostgresConnection::start_configuring() {
  PGconn* connection = connection_.get();
  if (auto refusal = refuse_server(connection); !refusal.empty()) return fail(std::move(refusal));
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
  state_ = State::configuring;
  if (PQsetnonblocking(connection, 1) != 0 ||
      PQsendQuery(connection, session_setup(settings_).c_str()) == 0) {
    return fail(PQerrorMessage(connection));
  }
  if (!watch_socket()) return;
  wait_for(Readiness::read);
  flush();
}

void PostgresConnection::continue_configuring() {
  while (PQisBusy(connection_.get()) == 0) {
    const PostgresResult result(PQgetResult(connection_.get()));
    if (result == nullptr) return become_ready();
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
      return fail(PQresultErrorMessage(result.get()));
  }
}

void PostgresConnection::become_ready() {
  if (PQenterPipelineMode(connection_.get()) == 0) return fail(PQerrorMessage(connection_.get()));
  state_ = State::ready;
  backoff_ = 0ms;
  deadline_ = SteadyTime::max();
  owner_.on_changed();
}

void PostgresConnection::take_results() {
  // After the results of a query libpq says "null" once, after a sync it does not; twice in a row
  // means that nothing more is there.
  bool last_was_null = false;
  while (state_ == State::ready && !exchanges_.empty() && PQisBusy(connection_.get()) == 0) {
    const PostgresResult result(PQgetResult(connection_.get()));
    if (result == nullptr && last_was_null) break;
    last_was_null = result == nullptr;
    if (result != nullptr) on_pipeline_result(result.get());
  }
  if (state_ == State::ready && PQstatus(connection_.get()) == CONNECTION_BAD) {
    return fail(PQerrorMessage(connection_.get()));
  }
  owner_.on_changed();
}

void PostgresConnection::on_pipeline_result(const PGresult* result) {
  extend_deadline();
  if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) return on_sync();
  // When the connection breaks, libpq makes up an error: no answer to the request at hand.
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return fail(PQresultErrorMessage(result));
  exchanges_.front().on_result(result, prepared_);
}

void PostgresConnection::on_sync() {
  switch (exchanges_.front().on_sync()) {
    case PostgresExchange::Next::wait: return;
    case PostgresExchange::Next::decide:
      if (!exchanges_.front().send_end(connection_.get()))
        return fail(PQerrorMessage(connection_.get()));
      return flush();
    case PostgresExchange::Next::finished: return finish_front();
  }
}

void PostgresConnection::finish_front() {
  PostgresExchange exchange = std::move(exchanges_.front());
  exchanges_.pop_front();
  if (exchanges_.empty()) deadline_ = SteadyTime::max();
  if (exchange.committed()) owner_.on_committed();
  if (exchange.should_retry()) return owner_.on_retry(exchange.take_request());
  const bool stale = exchange.found_stale_session();
  auto outcome = exchange.outcome();
  exchange.take_request().complete(std::move(outcome));
  if (stale) fail("the session no longer fits the server");
}

void PostgresConnection::flush() {
  const int flushed = PQflush(connection_.get());
  if (flushed < 0) return fail(PQerrorMessage(connection_.get()));
  if (flushed == 0 || waits_to_write_) return;
  waits_to_write_ = true;
  wait_for(Readiness::write);
}

bool PostgresConnection::watch_socket() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  waits_to_write_ = false;
  const int copy = ::fcntl(PQsocket(connection_.get()), F_DUPFD_CLOEXEC, 0);
  boost::system::error_code error;
  if (copy >= 0) socket_.assign(copy, error);
  if (copy >= 0 && !error) return true;
  fail("no descriptor left for the socket");
  return false;
}

void PostgresConnection::wait_for(Readiness readiness) {
  const auto kind = readiness == Readiness::read ? asio::posix::stream_descriptor::wait_read
                                                 : asio::posix::stream_descriptor::wait_write;
  socket_.async_wait(
      kind, [this, readiness, generation = generation_](const boost::system::error_code& error) {
        if (!error && generation == generation_) on_ready(readiness);
      });
}

void PostgresConnection::on_ready(Readiness readiness) {
  if (state_ == State::connecting) return poll_connect();
  if (readiness == Readiness::write) {
    waits_to_write_ = false;
    return flush();
  }
  if (PQconsumeInput(connection_.get()) == 0) return fail(PQerrorMessage(connection_.get()));
  if (state_ == State::configuring) {
    continue_configuring();
  } else {
    take_results();
  }
  // Either may have failed.
  if (state_ == State::configuring || state_ == State::ready) {
    flush();
    wait_for(Readiness::read);
  }
}

void PostgresConnection::fail(std::string why) {
  // A failure within a failure, or after close().
  if (!is_hopeful()) return;
  last_failure_ = base::trim_ascii(why);
  drop(last_failure_);
  schedule_reconnect();
  owner_.on_changed();
}

void PostgresConnection::drop(std::string_view why) {
  ++generation_;
  state_ = State::broken;
  deadline_ = SteadyTime::max();
  boost::system::error_code ignored;
  socket_.close(ignored);
  connection_.reset();
  prepared_.clear();
  for (auto& exchange : std::exchange(exchanges_, {})) {
    Error error = exchange.lost(why);
    exchange.take_request().complete(std::unexpected(std::move(error)));
  }
}

void PostgresConnection::schedule_reconnect() {
  backoff_ = backoff_ == 0ms ? kFirstBackoff
                             : std::min<std::chrono::milliseconds>(2 * backoff_, kLongestBackoff);
  // Between half of it and all of it, so that many clients do not come back in step.
  std::uniform_int_distribution<std::int64_t> spread(backoff_.count() / 2, backoff_.count());
  reconnect_timer_.expires_after(std::chrono::milliseconds(spread(jitter_)));
  reconnect_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && state_ == State::broken) connect();
  });
}

void PostgresConnection::extend_deadline() {
  deadline_ = std::chrono::steady_clock::now() + settings_.timeout + kSilenceGrace;
}

}  // namespace sovereign::sql
