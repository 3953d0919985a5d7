#include "core/launcher/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <exception>
#include <utility>

namespace sovereign::core {

namespace asio = boost::asio;

namespace {

/// With the tree gone the pipes are at their end, unless a stranger was handed one over a socket.
constexpr std::chrono::seconds kDrainLimit{1};

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

asio::awaitable<void> end_tree(std::shared_ptr<Run> /*keeps the child alive*/,
                               process::Child& child, std::chrono::milliseconds grace) {
  // drive() ends the tree as well, and tells how it went.
  [[maybe_unused]] auto ended = co_await child.end_tree(grace);
}

}  // namespace

Run::Run(RunParts parts, RunInfo info, AgentId agent, process::Child child,
         std::shared_ptr<RunLog> log, KeptSecrets secrets, RunDeadlines deadlines)
    : parts_(std::move(parts)),
      info_(std::move(info)),
      agent_(std::move(agent)),
      child_(std::move(child)),
      log_(std::move(log)),
      secrets_(std::move(secrets)),
      deadlines_(deadlines),
      deadline_(parts_.executor) {}

asio::awaitable<RunOutcome> Run::drive(std::unique_ptr<LineFilter> output,
                                       std::unique_ptr<LineFilter> errors) {
  const auto self = shared_from_this();
  asio::co_spawn(parts_.executor, pump(child_.output(), LogStream::output, std::move(output)),
                 &rethrow);
  asio::co_spawn(parts_.executor, pump(child_.errors(), LogStream::errors, std::move(errors)),
                 &rethrow);
  if (!ready_since_) expect_within(deadlines_.welcome, "start_timeout: it did not connect in time");
  [[maybe_unused]] auto ended = co_await child_.wait();
  ++deadline_number_;
  deadline_.cancel();
  parts_.connections.withdraw(id(), "process ended");
  // What it started and left behind.
  Result<process::ExitStatus> exit = co_await child_.end_tree(std::chrono::milliseconds(0));
  const auto drained = std::chrono::steady_clock::now() + kDrainLimit;
  while (pumps_ > 0 && std::chrono::steady_clock::now() < drained) {
    co_await pumped_.wait_until(drained);
  }
  boost::system::error_code ignored;
  child_.output().close(ignored);
  child_.errors().close(ignored);
  while (pumps_ > 0) co_await pumped_.wait_until(base::SteadyTime::max());
  log_->close();
  co_return outcome(std::move(exit));
}

asio::awaitable<void> Run::pump(process::Pipe& pipe, LogStream stream,
                                std::unique_ptr<LineFilter> filter) {
  const auto self = shared_from_this();
  co_await log_->pump(pipe, stream, std::move(filter));
  --pumps_;
  pumped_.notify_all();
}

RunOutcome Run::outcome(Result<process::ExitStatus> exit) const {
  RunOutcome outcome{.status = RunStatus::crashed, .exit = child_.exit_status()};
  if (stop_reason_) {
    outcome.status = RunStatus::stopped;
    outcome.reason = *stop_reason_;
  } else if (!failure_.empty()) {
    outcome.reason = failure_;
  } else if (!exit) {
    outcome.reason = exit.error().detail;
  } else {
    if (exit->succeeded()) outcome.status = RunStatus::exited;
    outcome.reason = fmt::format("exit: the process {}", process::describe(*exit));
  }
  return outcome;
}

bool Run::request_stop(std::string reason) {
  if (stop_reason_ || has_ended_) return false;
  const bool is_ending = !failure_.empty();
  parts_.connections.withdraw(id(), reason);
  stop_reason_ = std::move(reason);
  if (!is_ending) begin_end();
  return true;
}

void Run::end_because(std::string failure) {
  if (stop_reason_ || !failure_.empty() || has_ended_) return;
  failure_ = std::move(failure);
  parts_.connections.withdraw(id(), failure_);
  begin_end();
}

void Run::begin_end() {
  ++deadline_number_;
  deadline_.cancel();
  live_.run = RunState::stopping;
  live_.connection = ConnectionState::disconnected;
  asio::co_spawn(parts_.executor, end_tree(shared_from_this(), child_, deadlines_.grace), &rethrow);
}

void Run::expect_within(std::chrono::milliseconds limit, std::string failure) {
  if (live_.run == RunState::stopping) return;
  const std::uint64_t number = ++deadline_number_;
  deadline_.expires_after(limit);
  deadline_.async_wait([self = shared_from_this(), number,
                        failure = std::move(failure)](boost::system::error_code error) mutable {
    if (!error && number == self->deadline_number_) self->end_because(std::move(failure));
  });
}

void Run::connected() {
  live_.connection = ConnectionState::handshaking;
  expect_within(deadlines_.ready, "not_registered: it registered no tools in time");
}

void Run::ready(base::SteadyTime now) {
  if (live_.run == RunState::stopping) return;
  ++deadline_number_;
  deadline_.cancel();
  if (!ready_since_) ready_since_ = now;
  live_ = {.run = RunState::running, .health = Health::ok, .connection = ConnectionState::ready};
}

void Run::health_changed(Health health) {
  live_.health = health;
  if (live_.run != RunState::running) return;
  if (health == Health::unhealthy) {
    return expect_within(deadlines_.unhealthy, "unhealthy: it was not well for too long");
  }
  ++deadline_number_;
  deadline_.cancel();
}

void Run::disconnected() {
  live_.connection = ConnectionState::disconnected;
  live_.health = Health::unknown;
  expect_within(deadlines_.reconnect, "disconnected: its connection ended");
}

asio::awaitable<void> Run::wait_ended(base::SteadyTime deadline) {
  const auto self = shared_from_this();
  while (!has_ended_ && std::chrono::steady_clock::now() < deadline) {
    co_await ended_.wait_until(deadline);
  }
}

void Run::mark_ended() {
  has_ended_ = true;
  ended_.notify_all();
}

}  // namespace sovereign::core
