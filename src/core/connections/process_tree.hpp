// Whether the process at the other end of a socket belongs to a launched one: it is that process,
// or of its session, or its descendant.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

#include "process/process_table.hpp"

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

using ReadEntry = std::function<std::optional<process::ProcessEntry>(pid_t)>;

/// The walk from `peer` up to `root`. A session counts since it can only be joined by being born in
/// it, and outlives intermediate processes, whose children go to another parent.
bool is_descendant(pid_t peer, pid_t root, const ReadEntry& read);

/// The machine's, by /proc.
class SystemProcessTrees final : public ProcessTrees {
 public:
  bool is_in_tree(const ProcessHandle& peer, const ProcessHandle& root) const override;
};

}  // namespace sovereign::core
