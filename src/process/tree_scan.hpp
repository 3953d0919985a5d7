// Which processes belong to a tree.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "process/process_table.hpp"

namespace sovereign::process {

/// What makes a process a member of a tree: it is the leader, a descendant of a member, in the
/// leader's session, or started with the marker.
struct TreeIdentity {
  pid_t leader = 0;  ///< 0: only the marker counts.
  StartTime start_time = 0;
  std::string marker;  ///< Value of kTreeMarker; empty: only ancestry and session count.
};

struct TreeMembers {
  std::vector<ProcessEntry> entries;  ///< Those that have not ended; never this process.
  /// False when a process that may have been a member ended before it was looked at: it may have
  /// started another that was not seen. Scan again.
  bool is_complete = true;
};

/// Called with a member as soon as it is known to be one, so that it can be stopped before it ends
/// and leaves its work to a child.
using OnMember = std::function<void(const ProcessEntry&)>;

/// Decides process by process. Reads the environments of those as young as the leader.
class TreeScan {
 public:
  /// `tree` must outlive it; `leader` is the process that has the leader's pid now.
  TreeScan(const TreeIdentity& tree, const std::optional<ProcessEntry>& leader, OnMember on_member);

  void see(const ProcessEntry& entry);
  /// Adds the descendants that were seen before their parents.
  TreeMembers finish(const std::vector<ProcessEntry>& all);

 private:
  bool recognises(const ProcessEntry& entry);
  void add(const ProcessEntry& entry);

  const TreeIdentity& tree_;
  const pid_t self_;
  const bool has_session_;
  const OnMember on_member_;
  std::unordered_set<pid_t> known_;
  TreeMembers members_;
};

/// Scans /proc.
TreeMembers scan_tree(const TreeIdentity& tree, const OnMember& on_member = {});

}  // namespace sovereign::process
