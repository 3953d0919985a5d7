#include "core/connections/process_tree.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>

namespace sovereign::core {
namespace {

constexpr int kMaxGenerations = 64;  // Between an agent and the process that speaks for it.

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

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

std::optional<ProcessParent> read_parent(pid_t pid) {
  const std::unique_ptr<std::FILE, CloseFile> file(
      std::fopen(fmt::format("/proc/{}/stat", pid).c_str(), "re"));
  if (!file) return std::nullopt;
  std::array<char, 1024> buffer{};
  const std::size_t size = std::fread(buffer.data(), 1, buffer.size() - 1, file.get());
  // The program's name stands in parentheses and may hold some itself.
  const auto name_end = std::string_view(buffer.data(), size).rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  char state = 0;
  unsigned long long start = 0;
  ProcessParent process;
  const int fields = std::sscanf(buffer.data() + name_end + 1,
                                 " %c %d %*d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                                 "%*d %*d %*d %llu",
                                 &state, &process.parent, &process.session, &start);
  if (fields != 4 || state == 'Z' || state == 'X') return std::nullopt;
  process.start_time = start;
  return process;
}

}  // namespace

bool is_descendant(pid_t peer, pid_t root, const ReadParent& read) {
  pid_t pid = peer;
  for (int generation = 0; generation < kMaxGenerations && pid > 1; ++generation) {
    if (pid == root) return true;
    const auto process = read(pid);
    if (!process) return false;
    if (process->session == root) return true;
    pid = process->parent;
  }
  return false;
}

bool SystemProcessTrees::is_in_tree(const ProcessHandle& peer, const ProcessHandle& root) const {
  if (peer.pid <= 0 || root.pid <= 0) return false;
  const auto peer_before = read_parent(peer.pid);
  const auto root_before = read_parent(root.pid);
  if (!peer_before || !root_before) return false;
  if (!is_descendant(peer.pid, root.pid, read_parent)) return false;
  // Both lived throughout, so their numbers meant them throughout.
  const auto peer_after = read_parent(peer.pid);
  const auto root_after = read_parent(root.pid);
  return peer_after && root_after && peer_after->start_time == peer_before->start_time &&
         root_after->start_time == root_before->start_time && is_alive(peer.pidfd) &&
         is_alive(root.pidfd);
}

}  // namespace sovereign::core
