// Whether the process at the other end of a socket belongs to a launched one: it is that process,
// or of its session, or its descendant.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>

namespace sovereign::core {

/// A process named so that a reused number is noticed.
struct ProcessHandle {
  pid_t pid = 0;
  int pidfd = -1;  ///< Borrowed; -1 when the kernel gave none.
};

class ProcessTrees {
 public:
  virtual ~ProcessTrees() = default;
  /// Whether `peer` runs in the tree that `root` heads. False when either has ended meanwhile.
  virtual bool is_in_tree(const ProcessHandle& peer, const ProcessHandle& root) const = 0;
};

/// What /proc/<pid>/stat says of a process (proc(5)).
struct ProcessParent {
  pid_t parent = 0;
  pid_t session = 0;
  std::uint64_t start_time = 0;  ///< Clock ticks after boot.
};

using ReadParent = std::function<std::optional<ProcessParent>(pid_t)>;

/// The walk from `peer` up to `root`. A session counts since it can only be joined by being born in
/// it, and outlives intermediate processes, whose children go to another parent.
bool is_descendant(pid_t peer, pid_t root, const ReadParent& read);

/// The machine's, by /proc.
class SystemProcessTrees final : public ProcessTrees {
 public:
  bool is_in_tree(const ProcessHandle& peer, const ProcessHandle& root) const override;
};

}  // namespace sovereign::core
