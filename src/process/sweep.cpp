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
/// Looks that found nothing but missed something, until nothing is believed: on a machine where
/// strangers' processes come and go all the time no look is complete.
constexpr int kIncompleteLooks = 16;
/// A tree may be larger than our descriptor limit; waiting for some of it is enough.
constexpr std::size_t kWatched = 64;

/// A descriptor of exactly that process: once it is open, the number cannot change its meaning.
FileDescriptor open_process(const ProcessEntry& entry) {
  FileDescriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, entry.pid, 0)));
  if (pidfd && !verify(entry.pid, entry.start_time)) pidfd.reset();
  return pidfd;
}

void send(const ProcessEntry& entry, int signal) {
  const FileDescriptor pidfd = open_process(entry);
  if (pidfd) ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0);
}

/// Stops the tree, each member when it is seen; returns all that were. Incomplete as the last scan.
TreeMembers freeze(const TreeIdentity& tree) {
  TreeMembers frozen;
  std::unordered_set<pid_t> seen;
  for (int look = 0; look < kFreezeLooks; ++look) {
    const std::size_t before = seen.size();
    const TreeMembers found = scan_tree(tree, [&](const ProcessEntry& entry) {
      if (!seen.insert(entry.pid).second) return;
      send(entry, SIGSTOP);
      frozen.entries.push_back(entry);
    });
    frozen.is_complete = found.is_complete;
    if (seen.size() == before) break;
  }
  return frozen;
}

/// Kills all and waits until the first kWatched have ended, or until `deadline`.
void kill_and_wait(const Members& members, SteadyClock::time_point deadline) {
  std::vector<FileDescriptor> watched;
  for (const auto& entry : members) {
    if (watched.size() == kWatched) break;
    if (auto pidfd = open_process(entry)) watched.push_back(std::move(pidfd));
  }
  for (const auto& entry : members) send(entry, SIGKILL);
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
  int incomplete_looks = 0;
  while (true) {
    const TreeMembers members = freeze(tree);
    if (members.entries.empty()) {
      if (members.is_complete || ++incomplete_looks == kIncompleteLooks) return {};
      continue;
    }
    incomplete_looks = 0;
    if (SteadyClock::now() >= deadline) {
      return base::fail(
          ErrorCode::unavailable, "Some processes could not be ended.",
          fmt::format("{} left of the tree of {}", members.entries.size(), tree.leader));
    }
    kill_and_wait(members.entries, deadline);
  }
}

}  // namespace sovereign::process
