#include "process/sweep.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_set>
#include <vector>

#include "process/file_descriptor.hpp"

namespace sovereign::process {

namespace {

using SteadyClock = std::chrono::steady_clock;
using Members = std::vector<ProcessEntry>;

/// Looks while stopping before the kill anyway: a tree that grows faster is met by the next round.
constexpr int kFreezeLooks = 16;
/// A tree may be larger than our descriptor limit; waiting for some of it is enough.
constexpr std::size_t kWatched = 64;

/// A descriptor of exactly that process: once it is open, the number cannot change its meaning.
FileDescriptor open_process(const ProcessEntry& entry) {
  FileDescriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, entry.pid, 0)));
  if (pidfd && !verify(entry.pid, entry.start_time)) pidfd.reset();
  return pidfd;
}

void send(const Members& members, int signal) {
  for (const auto& entry : members) {
    const FileDescriptor pidfd = open_process(entry);
    if (pidfd) ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
  }
}

/// Stops the tree; returns all members seen.
Members freeze(const TreeIdentity& tree, Members members) {
  std::unordered_set<pid_t> seen;
  for (const auto& entry : members) seen.insert(entry.pid);
  send(members, SIGSTOP);
  for (int look = 0; look < kFreezeLooks; ++look) {
    Members found = ProcessTable::read().members(tree);
    std::erase_if(found, [&](const auto& entry) { return !seen.insert(entry.pid).second; });
    if (found.empty()) break;
    send(found, SIGSTOP);
    members.insert(members.end(), found.begin(), found.end());
  }
  return members;
}

/// Kills all and waits until the first kWatched have ended, or until `deadline`.
void kill_and_wait(const Members& members, SteadyClock::time_point deadline) {
  std::vector<FileDescriptor> watched;
  for (const auto& entry : members) {
    if (watched.size() == kWatched) break;
    if (auto pidfd = open_process(entry)) watched.push_back(std::move(pidfd));
  }
  send(members, SIGKILL);
  for (const auto& pidfd : watched) await_end(pidfd.get(), deadline);
}

}  // namespace

void await_end(int pidfd, SteadyClock::time_point deadline) {
  pollfd ended{.fd = pidfd, .events = POLLIN, .revents = 0};
  int count = 0;
  do {
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    count = ::poll(&ended, 1, static_cast<int>(std::max<std::int64_t>(rest.count(), 0)));
  } while (count < 0 && errno == EINTR);
}

Result<void> sweep(const TreeIdentity& tree, std::chrono::milliseconds limit) {
  const auto deadline = SteadyClock::now() + limit;
  while (true) {
    Members members = ProcessTable::read().members(tree);
    if (members.empty()) return {};
    if (SteadyClock::now() >= deadline) {
      return base::fail(ErrorCode::unavailable, "Some processes could not be ended.",
                        fmt::format("{} left of the tree of {}", members.size(), tree.leader));
    }
    const Members frozen = freeze(tree, std::move(members));
    kill_and_wait(frozen, deadline);
  }
}

}  // namespace sovereign::process
