#include "process/child.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "process/spawner.hpp"

namespace sovereign::process {

namespace asio = boost::asio;
using boost::system::error_code;

/// Watches the pidfd; wakes who waits when the process has ended.
class ChildState : public std::enable_shared_from_this<ChildState> {
 public:
  ChildState(Spawner& spawner, TreeIdentity tree, FileDescriptor pidfd,
             const asio::any_io_executor& executor)
      : spawner_(spawner), tree_(std::move(tree)), pidfd_(executor, pidfd.release()) {}

  const TreeIdentity& tree() const { return tree_; }
  int pidfd() { return pidfd_.native_handle(); }
  std::optional<ExitStatus> status() const { return status_; }
  Spawner& spawner() { return spawner_; }
  void mark_tree_ended() { has_tree_ended_ = true; }

  void watch() {
    pidfd_.async_wait(Pipe::wait_read, [self = shared_from_this()](error_code error) {
      if (!error) self->on_readable();
    });
  }

  /// From the Child's destructor: nobody will call any more.
  void abandon() {
    if (!has_tree_ended_) {
      FileDescriptor copy(::fcntl(pidfd(), F_DUPFD_CLOEXEC, 0));
      spawner_.kill_in_background(tree_, std::move(copy));
    }
    error_code ignored;
    pidfd_.close(ignored);
  }

  static Task<std::optional<ExitStatus>> wait_until(std::shared_ptr<ChildState> self,
                                                    SteadyTime deadline) {
    if (!self->status_) {
      auto executor = co_await asio::this_coro::executor;
      asio::steady_timer timer(executor, deadline);
      const Waiting waiting(*self, timer);
      constexpr auto token = asio::as_tuple(asio::use_awaitable);
      [[maybe_unused]] auto woken = co_await timer.async_wait(token);
    }
    co_return self->status_;
  }

 private:
  /// A waiter's place in the list, for as long as its coroutine lives.
  class Waiting {
   public:
    Waiting(ChildState& state, asio::steady_timer& timer) : state_(state), timer_(timer) {
      state_.waiting_.push_back(&timer_);
    }
    ~Waiting() { std::erase(state_.waiting_, &timer_); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

   private:
    ChildState& state_;
    asio::steady_timer& timer_;
  };

  void on_readable() {
    status_ = spawner_.reap(tree_.leader, pidfd());
    if (!status_) return watch();
    for (asio::steady_timer* timer : waiting_) timer->cancel();
  }

  Spawner& spawner_;
  const TreeIdentity tree_;
  Pipe pidfd_;
  std::optional<ExitStatus> status_;
  bool has_tree_ended_ = false;
  std::vector<asio::steady_timer*> waiting_;
};

Child::Child(Spawner& spawner, SpawnedProcess process, asio::any_io_executor executor)
    : state_(std::make_shared<ChildState>(spawner, std::move(process.tree),
                                          std::move(process.pidfd), executor)),
      output_(executor, process.output.release()),
      errors_(executor, process.errors.release()) {
  state_->watch();
}

Child::~Child() {
  if (state_) state_->abandon();
}

Child::Child(Child&&) noexcept = default;

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    if (state_) state_->abandon();
    state_ = std::move(other.state_);
    output_ = std::move(other.output_);
    errors_ = std::move(other.errors_);
  }
  return *this;
}

pid_t Child::pid() const { return state_->tree().leader; }
int Child::pidfd() const { return state_->pidfd(); }
StartTime Child::start_time() const { return state_->tree().start_time; }
const TreeIdentity& Child::tree() const { return state_->tree(); }
std::optional<ExitStatus> Child::exit_status() const { return state_->status(); }

Task<ExitStatus> Child::wait() {
  auto status = co_await wait_until(SteadyTime::max());
  if (!status) co_return Failure(std::move(status.error()));
  if (!*status)
    co_return base::fail(ErrorCode::unavailable, "Waiting for a process was cancelled.");
  co_return **status;
}

Task<std::optional<ExitStatus>> Child::wait_until(SteadyTime deadline) {
  return ChildState::wait_until(state_, deadline);
}

Result<void> Child::send_signal(int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd(), signal, nullptr, 0) == 0) return {};
  return base::fail(ErrorCode::not_found, "The process has ended.");
}

Task<ExitStatus> Child::end_tree(std::chrono::milliseconds grace) {
  const std::shared_ptr<ChildState> state = state_;
  if (!state->status() && grace.count() > 0) {
    // A stopped process acts on SIGTERM only once it is continued. It may have ended meanwhile.
    [[maybe_unused]] auto asked = send_signal(SIGTERM);
    asked = send_signal(SIGCONT);
    const SteadyTime deadline = std::chrono::steady_clock::now() + grace;
    auto ended = co_await ChildState::wait_until(state, deadline);
    if (!ended) co_return Failure(std::move(ended.error()));
  }
  Result<void> killed = co_await state->spawner().kill_tree(state->tree());
  if (!killed) co_return Failure(std::move(killed.error()));
  state->mark_tree_ended();
  auto status = co_await ChildState::wait_until(state, SteadyTime::max());
  if (!status) co_return Failure(std::move(status.error()));
  if (!*status)
    co_return base::fail(ErrorCode::unavailable, "Waiting for a process was cancelled.");
  co_return **status;
}

}  // namespace sovereign::process
