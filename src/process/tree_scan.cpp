#include "process/tree_scan.hpp"

#include <unistd.h>

#include <utility>

namespace sovereign::process {

TreeScan::TreeScan(const TreeIdentity& tree, const std::optional<ProcessEntry>& leader,
                   OnMember on_member)
    : tree_(tree),
      self_(::getpid()),
      // A session keeps its number from being reused; a foreign leader means that it is gone.
      has_session_(tree.leader != 0 && (!leader || leader->start_time == tree.start_time)),
      on_member_(std::move(on_member)) {}

void TreeScan::see(const ProcessEntry& entry) {
  if (entry.pid == self_ || entry.start_time < tree_.start_time) return;
  if (recognises(entry)) add(entry);
}

bool TreeScan::recognises(const ProcessEntry& entry) {
  if (known_.contains(entry.parent)) return true;
  if (has_session_ && (entry.pid == tree_.leader || entry.session == tree_.leader)) return true;
  if (tree_.marker.empty() || entry.has_ended()) return false;
  if (has_marker(entry.pid, tree_.marker)) return true;
  if (!verify(entry.pid, entry.start_time)) members_.is_complete = false;
  return false;
}

void TreeScan::add(const ProcessEntry& entry) {
  if (!known_.insert(entry.pid).second || entry.has_ended()) return;
  members_.entries.push_back(entry);
  if (on_member_) on_member_(entry);
}

TreeMembers TreeScan::finish(const std::vector<ProcessEntry>& all) {
  // Until nothing changes: once numbers have wrapped a parent may have the higher one.
  std::size_t before = 0;
  do {
    before = known_.size();
    for (const auto& entry : all) {
      if (entry.pid != self_ && known_.contains(entry.parent)) add(entry);
    }
  } while (known_.size() != before);
  return std::move(members_);
}

TreeMembers scan_tree(const TreeIdentity& tree, const OnMember& on_member) {
  const auto leader = tree.leader == 0 ? std::nullopt : read_entry(tree.leader);
  TreeScan scan(tree, leader, on_member);
  const auto table = ProcessTable::read([&](const ProcessEntry& entry) { scan.see(entry); });
  return scan.finish(table.entries());
}

}  // namespace sovereign::process
