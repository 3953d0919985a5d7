#include "core/audit/checkpointer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

#include "async/run_blocking.hpp"
#include "core/audit/checkpoint.hpp"

namespace sovereign::core {
namespace {

namespace asio = boost::asio;

constexpr sql::Statement kHead{
    "audit_events.head",
    "SELECT sequence, hash FROM audit_events WHERE sequence >"
    " (SELECT coalesce(max(sequence), 0) FROM audit_checkpoints) ORDER BY sequence DESC LIMIT 1"};
constexpr sql::Statement kInsert{
    "audit_checkpoints.insert",
    "INSERT INTO audit_checkpoints(sequence, hash, at, signature) VALUES($1, $2, $3, $4)"};

}  // namespace

struct Checkpointer::State {
  State(Parts parts, asio::any_io_executor executor, CheckpointerOptions options)
      : parts(std::move(parts)), options(std::move(options)), pause(executor), ended(executor) {}

  Task<void> make();
  Task<void> write(Checkpoint checkpoint);
  bool is_due(std::uint64_t rows);
  static asio::awaitable<void> look(std::shared_ptr<State> state);

  Parts parts;
  const CheckpointerOptions options;
  asio::steady_timer pause;
  asio::steady_timer ended;  ///< Cancelled when look() ends.
  bool is_looking = false;
  bool is_stopped = false;
  std::uint64_t rows_seen = 0;
  std::uint64_t rows_covered = 0;  ///< By the last checkpoint.
  base::SteadyTime covered_at{};
  Result<void> last_result;
};

Task<void> Checkpointer::State::make() {
  const std::uint64_t rows = parts.chain.rows_hashed();
  auto head = co_await parts.database.read({kHead, {}});
  if (!head) co_return last_result = Failure(std::move(head.error()));
  if (!head->rows.empty()) {
    Checkpoint checkpoint{.sequence = sql::integer(head->rows[0][0]),
                          .hash = sql::text(head->rows[0][1]),
                          .at = parts.clock.now()};
    auto written = co_await write(signed_by(parts.key, std::move(checkpoint)));
    if (!written) co_return last_result = std::move(written);
  }
  rows_covered = rows;
  covered_at = parts.clock.steady_now();
  last_result = {};
  co_return last_result;
}

Task<void> Checkpointer::State::write(Checkpoint checkpoint) {
  auto to_file = [path = parts.file, checkpoint] { return append_to_file(path, checkpoint); };
  auto filed = co_await async::run_blocking(parts.workers, std::move(to_file));
  if (!filed) co_return filed;
  sql::Write write;
  write.calls.push_back(
      {kInsert,
       {checkpoint.sequence, std::move(checkpoint.hash),
        std::int64_t{checkpoint.at.time_since_epoch().count()}, std::move(checkpoint.signature)},
       sql::Expect::one_row});
  auto written = co_await parts.database.write(std::move(write));
  if (!written) co_return Failure(std::move(written.error()));
  if (!*written)
    co_return base::fail(ErrorCode::internal, "Internal error.", "checkpoint rejected");
  co_return Result<void>();
}

bool Checkpointer::State::is_due(std::uint64_t rows) {
  if (rows == rows_covered) return false;
  return rows - rows_covered >= options.rows ||
         parts.clock.steady_now() - covered_at >= options.interval || !last_result;
}

asio::awaitable<void> Checkpointer::State::look(std::shared_ptr<State> state) {
  boost::system::error_code cancelled;
  while (!state->is_stopped) {
    const std::uint64_t rows = state->parts.chain.rows_hashed();
    if (rows != state->rows_seen && state->options.on_new_rows) state->options.on_new_rows();
    state->rows_seen = rows;
    // What failed is in last_result and tried again.
    if (state->is_due(rows)) (void)co_await state->make();
    if (state->is_stopped) break;
    state->pause.expires_after(state->options.look_every);
    co_await state->pause.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  state->is_looking = false;
  state->ended.cancel();
}

Checkpointer::Checkpointer(Parts parts, asio::any_io_executor executor, CheckpointerOptions options)
    : state_(std::make_shared<State>(std::move(parts), std::move(executor), std::move(options))) {}

Checkpointer::~Checkpointer() {
  state_->is_stopped = true;
  state_->pause.cancel();
}

Task<void> Checkpointer::make() {
  const auto state = state_;
  auto made = co_await state->make();
  co_return made;
}

void Checkpointer::start() {
  state_->is_looking = true;
  state_->covered_at = state_->parts.clock.steady_now();
  asio::co_spawn(state_->pause.get_executor(), State::look(state_), asio::detached);
}

Task<void> Checkpointer::stop() {
  const auto state = state_;
  state->is_stopped = true;
  state->pause.cancel();
  while (state->is_looking) {
    boost::system::error_code cancelled;
    state->ended.expires_at(asio::steady_timer::time_point::max());
    co_await state->ended.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  auto made = co_await state->make();
  co_return made;
}

const Result<void>& Checkpointer::last_result() const { return state_->last_result; }

}  // namespace sovereign::core
