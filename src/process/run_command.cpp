#include "process/run_command.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <exception>
#include <memory>
#include <utility>

namespace sovereign::process {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
/// With the tree gone the pipes are at their end, unless a stranger was handed one over a socket.
constexpr std::chrono::seconds kDrainLimit{1};

using SteadyClock = std::chrono::steady_clock;
using Finish = std::move_only_function<void(Result<CommandResult>)>;

/// One stream of the command: what is kept of it, and the block it is read into.
struct Capture {
  Stream stream;
  Pipe& pipe;
  std::string& kept;
  bool& is_truncated;
  std::array<char, kReadBytes> block;
};

/// A running command. Shared by its pending reads and the coroutine that drives it; whoever awaits
/// the command resumes when all of them are done.
class CommandRun : public std::enable_shared_from_this<CommandRun> {
 public:
  CommandRun(Command command, Child child, asio::any_io_executor executor)
      : command_(std::move(command)),
        child_(std::move(child)),
        executor_(std::move(executor)),
        drained_(executor_, SteadyTime::max()) {}

  template <typename Handler>
  void start(Handler handler) {
    slot_ = asio::get_associated_cancellation_slot(handler);
    if (slot_.is_connected()) {
      slot_.assign([this](asio::cancellation_type) { cancel(); });
    }
    finish_ = std::move(handler);
    read(output_);
    read(errors_);
    asio::co_spawn(executor_, drive(shared_from_this()), &rethrow);
  }

  /// Ends the tree, which completes the run.
  void cancel() {
    if (std::exchange(is_cancelled_, true)) return;
    asio::co_spawn(executor_, end(shared_from_this()), &rethrow);
  }

 private:
  static void rethrow(std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  }

  static asio::awaitable<void> end(std::shared_ptr<CommandRun> self) {
    // drive() ends the tree too, and reports.
    [[maybe_unused]] auto ended = co_await self->child_.end_tree(self->command_.grace);
  }

  static asio::awaitable<void> drive(std::shared_ptr<CommandRun> self) {
    auto exited = co_await self->child_.wait_until(self->started_ + self->command_.timeout);
    self->result_.timed_out = exited && !*exited && !self->is_cancelled_;
    auto ended = co_await self->child_.end_tree(self->command_.grace);
    if (self->open_streams_ > 0) {
      self->drained_.expires_after(kDrainLimit);
      constexpr auto token = asio::as_tuple(asio::use_awaitable);
      [[maybe_unused]] auto woken = co_await self->drained_.async_wait(token);
    }
    error_code ignored;
    self->child_.output().close(ignored);
    self->child_.errors().close(ignored);
    self->complete(std::move(ended));
  }

  void read(Capture& capture) {
    capture.pipe.async_read_some(
        asio::buffer(capture.block),
        [self = shared_from_this(), &capture](error_code error, std::size_t count) {
          if (error) {
            if (--self->open_streams_ == 0) self->drained_.cancel();
            return;
          }
          self->keep(capture, std::string_view(capture.block.data(), count));
          self->read(capture);
        });
  }

  void keep(Capture& capture, std::string_view bytes) {
    if (command_.on_output) command_.on_output(capture.stream, bytes);
    const std::size_t room = command_.output_bytes - capture.kept.size();
    capture.is_truncated |= bytes.size() > room;
    capture.kept.append(bytes.substr(0, room));
  }

  void complete(Result<ExitStatus> ended) {
    if (slot_.is_connected()) slot_.clear();
    Result<CommandResult> outcome = conclude(std::move(ended));
    asio::post(executor_, [finish = std::move(finish_), outcome = std::move(outcome)]() mutable {
      finish(std::move(outcome));
    });
  }

  Result<CommandResult> conclude(Result<ExitStatus> ended) {
    if (!ended) return Failure(std::move(ended.error()));
    if (is_cancelled_) {
      return base::fail(ErrorCode::unavailable,
                        fmt::format("'{}' was cancelled.", command_.program));
    }
    result_.status = *ended;
    result_.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - started_);
    return std::move(result_);
  }

  Command command_;
  Child child_;
  asio::any_io_executor executor_;
  const SteadyTime started_ = SteadyClock::now();
  CommandResult result_;
  Capture output_{Stream::output, child_.output(), result_.output, result_.output_truncated, {}};
  Capture errors_{Stream::errors, child_.errors(), result_.errors, result_.errors_truncated, {}};
  int open_streams_ = 2;
  asio::steady_timer drained_;
  asio::cancellation_slot slot_;
  bool is_cancelled_ = false;
  Finish finish_;
};

std::string unique_marker() {
  static std::atomic<std::uint64_t> count = 0;
  return fmt::format("command-{}-{}-{}", ::getpid(), SteadyClock::now().time_since_epoch().count(),
                     ++count);
}

LaunchPlan plan_of(Command& command) {
  command.environment.try_emplace(std::string(kTreeMarker), unique_marker());
  return {.program = command.program,
          .arguments = command.arguments,
          .environment = command.environment,
          .directory = command.directory,
          .limits = command.limits,
          .input = std::move(command.input)};
}

/// Spawns and runs. Cancellation does not throw in here, so that the tree has ended first.
Task<CommandResult> run_to_end(Spawner& spawner, Command command) {
  auto executor = co_await asio::this_coro::executor;
  Result<Child> child = co_await spawner.spawn(plan_of(command));
  if (!child) co_return Failure(std::move(child.error()));
  auto run = std::make_shared<CommandRun>(std::move(command), std::move(*child), executor);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const bool is_cancelled = cancellation.cancelled() != asio::cancellation_type::none;
  auto initiate = [run, is_cancelled](auto handler) {
    run->start(std::move(handler));
    if (is_cancelled) run->cancel();
  };
  using Token = asio::use_awaitable_t<>;
  auto token = Token{};
  Result<CommandResult> result =
      co_await asio::async_initiate<Token, void(Result<CommandResult>)>(std::move(initiate), token);
  co_return result;
}

}  // namespace

Task<CommandResult> run_command(Spawner& spawner, Command command) {
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<CommandResult> result = co_await run_to_end(spawner, std::move(command));
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return result;
}

std::string describe(const Command& command, const CommandResult& result) {
  if (result.timed_out) {
    return fmt::format("{} was ended after {} s (time limit)", command.program,
                       std::chrono::duration_cast<std::chrono::seconds>(command.timeout).count());
  }
  return fmt::format("{} {}", command.program, describe(result.status));
}

}  // namespace sovereign::process
