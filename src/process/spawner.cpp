#include "process/spawner.hpp"

#include <boost/asio/this_coro.hpp>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "async/run_blocking.hpp"
#include "process/launch.hpp"
#include "process/sweep.hpp"

namespace sovereign::process {

namespace {

/// A killed process ends in milliseconds; past this it hangs in the kernel.
constexpr std::chrono::milliseconds kSweepLimit{5'000};
constexpr std::size_t kQueueLimit = 1024;

ExitStatus to_status(const siginfo_t& info) {
  if (info.si_code == CLD_EXITED) return {.code = info.si_status};
  return {.signal = info.si_status};
}

/// Cheap: whether any child has ended at all.
bool any_child_ended() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

}  // namespace

Result<void> become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0) return {};
  return base::fail(ErrorCode::internal, "Orphaned processes cannot be adopted.",
                    std::strerror(errno));
}

Spawner::Spawner() : thread_({.name = "spawner", .threads = 1, .queue_limit = kQueueLimit}) {}

Spawner::~Spawner() = default;

Task<Child> Spawner::spawn(LaunchPlan plan) {
  auto executor = co_await async::asio::this_coro::executor;
  auto job = [this, plan = std::move(plan)] { return launch_registered(plan); };
  Result<SpawnedProcess> process = co_await async::run_blocking(thread_, std::move(job));
  if (!process) co_return Failure(std::move(process.error()));
  co_return Child(*this, std::move(*process), std::move(executor));
}

Task<void> Spawner::kill_tree(TreeIdentity tree) {
  auto job = [this, tree = std::move(tree)] {
    auto swept = sweep(tree, kSweepLimit);
    reap_orphans_now();
    return swept;
  };
  Result<void> swept = co_await async::run_blocking(thread_, std::move(job));
  co_return swept;
}

void Spawner::reap_orphans() {
  // Refused only when the queue is full; the next call tries again.
  thread_.try_post([this] { reap_orphans_now(); });
}

std::optional<ExitStatus> Spawner::reap(pid_t pid, int pidfd) {
  const std::scoped_lock lock(mutex_);
  siginfo_t info{};
  const auto id = static_cast<id_t>(pidfd);
  if (::waitid(static_cast<idtype_t>(P_PIDFD), id, &info, WEXITED | WNOHANG) != 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  registered_.erase(pid);
  return to_status(info);
}

void Spawner::kill_in_background(TreeIdentity tree, FileDescriptor pidfd) {
  const auto job = [this](const TreeIdentity& tree, const FileDescriptor& pidfd) {
    // What cannot be killed has no one to be reported to; the death of this program ends it.
    [[maybe_unused]] const auto swept = sweep(tree, kSweepLimit);
    await_end(pidfd.get(), std::chrono::steady_clock::now() + kSweepLimit);
    reap(tree.leader, pidfd.get());
    reap_orphans_now();
  };
  auto shared = std::make_shared<FileDescriptor>(std::move(pidfd));
  if (thread_.try_post([job, tree, shared] { job(tree, *shared); })) return;
  job(tree, *shared);
}

bool Spawner::is_registered(pid_t pid) const {
  const std::scoped_lock lock(mutex_);
  return registered_.contains(pid);
}

Result<SpawnedProcess> Spawner::launch_registered(const LaunchPlan& plan) {
  auto process = launch(plan);
  if (process) {
    const std::scoped_lock lock(mutex_);
    registered_.insert(process->tree.leader);
  }
  return process;
}

void Spawner::reap_orphans_now() {
  if (!any_child_ended()) return;
  const pid_t self = ::getpid();
  const pid_t session = ::getsid(0);
  for (const auto& entry : ProcessTable::read().entries()) {
    if (entry.parent != self || !entry.has_ended()) continue;
    if (entry.session == session || is_registered(entry.pid)) continue;
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(entry.pid), &info, WEXITED | WNOHANG);
  }
}

}  // namespace sovereign::process
