#include "core/connections/process_tree.hpp"

#include <poll.h>

#include <cerrno>

namespace sovereign::core {
namespace {

constexpr int kMaxGenerations = 64;  // Between an agent and the process that speaks for it.

/// A pidfd becomes readable when its process has ended; a process without one counts as alive here,
/// its start time tells the rest.
bool is_alive(int pidfd) {
  if (pidfd < 0) return true;
  pollfd state{.fd = pidfd, .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&state, 1, 0);
  } while (ready < 0 && errno == EINTR);
  return ready == 0;
}

/// Nothing when it has ended, reaped or not.
std::optional<process::ProcessEntry> read_living(pid_t pid) {
  auto entry = process::read_entry(pid);
  if (entry && entry->has_ended()) entry.reset();
  return entry;
}

}  // namespace

bool is_descendant(pid_t peer, pid_t root, const ReadEntry& read) {
  pid_t pid = peer;
  for (int generation = 0; generation < kMaxGenerations && pid > 1; ++generation) {
    if (pid == root) return true;
    const auto entry = read(pid);
    if (!entry) return false;
    if (entry->session == root) return true;
    pid = entry->parent;
  }
  return false;
}

bool SystemProcessTrees::is_in_tree(const ProcessHandle& peer, const ProcessHandle& root) const {
  if (peer.pid <= 0 || root.pid <= 0) return false;
  const auto peer_before = read_living(peer.pid);
  const auto root_before = read_living(root.pid);
  if (!peer_before || !root_before) return false;
  if (!is_descendant(peer.pid, root.pid, read_living)) return false;
  // Both lived throughout, so their numbers meant them throughout.
  const auto peer_after = read_living(peer.pid);
  const auto root_after = read_living(root.pid);
  return peer_after && root_after && peer_after->start_time == peer_before->start_time &&
         root_after->start_time == root_before->start_time && is_alive(peer.pidfd) &&
         is_alive(root.pidfd);
}

}  // namespace sovereign::core
