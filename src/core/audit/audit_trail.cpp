#include "core/audit/audit_trail.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <utility>

namespace sovereign::core {
namespace {

namespace asio = boost::asio;

Failure not_recorded(std::string why) {
  return base::fail(ErrorCode::unavailable, "This cannot be recorded now; try again in a moment.",
                    std::move(why));
}

Result<void> without_rows(Result<sql::WriteResult> written) {
  if (!written) return Failure(std::move(written.error()));
  if (!*written) return base::fail(ErrorCode::internal, "Internal error.", "audit row rejected");
  return {};
}

}  // namespace

struct AuditTrail::State {
  State(sql::Database& database, const base::Clock& clock, asio::any_io_executor executor,
        AuditTrailOptions options)
      : database(database), clock(clock), options(options), pause(executor), ended(executor) {}

  /// Writes the oldest rows; they leave the queue when they are durable.
  Task<void> flush_some();
  /// Flushes until the queue is empty or the trail is stopped; keeps `state` alive meanwhile.
  static asio::awaitable<void> flush_queue(std::shared_ptr<State> state);

  sql::Database& database;
  const base::Clock& clock;
  const AuditTrailOptions options;
  asio::steady_timer pause;  ///< Between flushes; cancelled to flush at once.
  asio::steady_timer ended;  ///< Cancelled when flush_queue() ends.
  std::deque<sql::Call> queue;
  bool is_flushing = false;  ///< A flush loop runs.
  bool is_writing = false;   ///< It waits for the database.
  bool has_failed = false;   ///< The last flush did.
  bool is_stopped = false;
  std::uint64_t posted = 0;
  std::uint64_t refused = 0;
};

Task<void> AuditTrail::State::flush_some() {
  const std::size_t count = std::min(queue.size(), options.flush_rows);
  sql::Write write;
  // Copies: a row stays in the queue until it is known to be durable.
  write.calls.reserve(count);
  for (std::size_t i = 0; i < count; ++i) write.calls.push_back(queue[i]);
  is_writing = true;
  auto result = co_await database.write(std::move(write));
  is_writing = false;
  auto written = without_rows(std::move(result));
  has_failed = !written;
  for (std::size_t i = 0; written && i < count; ++i) queue.pop_front();
  co_return written;
}

asio::awaitable<void> AuditTrail::State::flush_queue(std::shared_ptr<State> state) {
  boost::system::error_code cancelled;
  while (!state->is_stopped && !state->queue.empty()) {
    if (state->has_failed || state->queue.size() < state->options.flush_rows) {
      state->pause.expires_after(state->has_failed ? state->options.retry_after
                                                   : state->options.flush_after);
      co_await state->pause.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    if (state->is_stopped) break;
    // What failed is told by post(), and tried again.
    (void)co_await state->flush_some();
  }
  state->is_flushing = false;
  state->ended.cancel();
}

AuditTrail::AuditTrail(sql::Database& database, const base::Clock& clock,
                       asio::any_io_executor executor, AuditTrailOptions options)
    : state_(std::make_shared<State>(database, clock, std::move(executor), options)) {}

AuditTrail::~AuditTrail() {
  state_->is_stopped = true;
  state_->pause.cancel();
}

Task<void> AuditTrail::append(AuditEvent event) {
  sql::Write write;
  write.calls.push_back(audit_row(std::move(event), state_->clock.now()));
  auto written = co_await state_->database.write(std::move(write));
  co_return without_rows(std::move(written));
}

Result<void> AuditTrail::post(AuditEvent event) {
  State& state = *state_;
  if (!is_accepting()) {
    ++state.refused;
    return not_recorded(state.is_stopped   ? "audit trail stopped"
                        : state.has_failed ? "audit flush failed"
                                           : "audit queue full");
  }
  state.queue.push_back(audit_row(std::move(event), state.clock.now()));
  // A second try after a commit of unknown outcome finds the row in place and adds none.
  state.queue.back().expect = sql::Expect::anything;
  ++state.posted;
  if (!state.is_flushing) {
    state.is_flushing = true;
    asio::co_spawn(state.pause.get_executor(), State::flush_queue(state_), asio::detached);
  } else if (state.queue.size() == state.options.flush_rows && !state.is_writing) {
    state.pause.cancel();
  }
  return {};
}

bool AuditTrail::is_accepting() const {
  return !state_->is_stopped && !state_->has_failed &&
         state_->queue.size() < state_->options.queue_limit;
}

Task<void> AuditTrail::stop() {
  const auto state = state_;
  state->is_stopped = true;
  state->pause.cancel();
  // The flush under way ends first, so that rows keep their order.
  while (state->is_flushing) {
    boost::system::error_code cancelled;
    state->ended.expires_at(asio::steady_timer::time_point::max());
    co_await state->ended.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  Result<void> written;
  while (written && !state->queue.empty()) written = co_await state->flush_some();
  co_return written;
}

std::uint64_t AuditTrail::posted() const { return state_->posted; }
std::uint64_t AuditTrail::refused() const { return state_->refused; }

}  // namespace sovereign::core
