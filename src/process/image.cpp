#include "process/image.hpp"

#include <fmt/format.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace sovereign::process {

namespace {

constexpr int kExecFailed = 127;

/// What the kernel's own rt_sigaction takes: all zero is the default action.
struct KernelAction {
  std::uintptr_t handler = 0;
  unsigned long flags = 0;
  std::uintptr_t restorer = 0;
  std::uint64_t mask = 0;
};

/// Ignored signals stay ignored over exec, so each is set back; SIGKILL and SIGSTOP refuse. The C
/// library would also refuse the two it keeps to itself, which a parent of ours may ignore.
void reset_signals() {
  const KernelAction defaults;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::syscall(SYS_rt_sigaction, signal, &defaults, nullptr, sizeof defaults.mask);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

ProcessImage::ProcessImage(const LaunchPlan& plan, std::string path, ChildDescriptors descriptors)
    : path_(std::move(path)),
      directory_(plan.directory),
      descriptors_(descriptors),
      parent_(::getpid()) {
  // The kernel takes char* but writes to none of them.
  arguments_.push_back(const_cast<char*>(plan.program.c_str()));
  for (const auto& argument : plan.arguments) {
    arguments_.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments_.push_back(nullptr);
  for (const auto& [name, value] : plan.environment) {
    environment_.push_back(fmt::format("{}={}", name, value));
  }
  for (auto& variable : environment_) variables_.push_back(variable.data());
  variables_.push_back(nullptr);

  const ResourceLimits& limits = plan.limits;
  add_limit(RLIMIT_CORE, 0);
  add_limit(RLIMIT_NOFILE, limits.open_files);
  if (limits.file_size) add_limit(RLIMIT_FSIZE, *limits.file_size);
  if (limits.data) add_limit(RLIMIT_DATA, *limits.data);
  if (limits.processes) add_limit(RLIMIT_NPROC, *limits.processes);
  if (limits.cpu) add_limit(RLIMIT_CPU, static_cast<rlim_t>(limits.cpu->count()));
}

void ProcessImage::add_limit(__rlimit_resource resource, rlim_t value) {
  rlimit current{};
  ::getrlimit(resource, &current);
  const rlim_t bounded = std::min(value, current.rlim_max);
  limits_.push_back({resource, {.rlim_cur = bounded, .rlim_max = bounded}});
}

void ProcessImage::fail(LaunchStep step) const {
  const LaunchFault fault{step, errno};
  [[maybe_unused]] const ssize_t written = ::write(descriptors_.report, &fault, sizeof fault);
  ::_exit(kExecFailed);
}

void ProcessImage::become() const {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have ended before the line above: then no signal will come.
  if (::getppid() != parent_) ::_exit(kExecFailed);
  if (::dup2(descriptors_.input, STDIN_FILENO) < 0 ||
      ::dup2(descriptors_.output, STDOUT_FILENO) < 0 ||
      ::dup2(descriptors_.errors, STDERR_FILENO) < 0 ||
      ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
    fail(LaunchStep::descriptors);
  }
  ::umask(077);
  if (::chdir(directory_.c_str()) != 0) fail(LaunchStep::directory);
  for (const Limit& limit : limits_) {
    if (::setrlimit(limit.resource, &limit.value) != 0) fail(LaunchStep::limits);
  }
  // Set-user-id programs would shed the death signal and answer to another user.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(LaunchStep::privileges);
  reset_signals();
  ::execve(path_.c_str(), arguments_.data(), variables_.data());
  fail(LaunchStep::program);
}

Result<Forked> fork_into(const ProcessImage& image) {
  // No handler of ours may run in the child before it has reset them.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  // The older call: container filters that answer ENOSYS to clone3 know it.
  const long pid = ::syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, nullptr, &pidfd, nullptr, 0);
  if (pid == 0) image.become();
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    return base::fail(ErrorCode::unavailable, "The system has no resources left for a process.",
                      fmt::format("clone: {}", std::strerror(error)));
  }
  return Forked{static_cast<pid_t>(pid), FileDescriptor(pidfd)};
}

}  // namespace sovereign::process
