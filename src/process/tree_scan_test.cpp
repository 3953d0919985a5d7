#include "process/tree_scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sovereign::process {
namespace {

using testing::ElementsAre;

ProcessEntry entry(pid_t pid, pid_t parent, pid_t session, StartTime start = 100) {
  return {.pid = pid, .parent = parent, .session = session, .state = 'S', .start_time = start};
}

/// Of the tree of process 10, started at 100.
std::vector<pid_t> members(const std::vector<ProcessEntry>& all) {
  const TreeIdentity tree{.leader = 10, .start_time = 100};
  const auto leader = std::ranges::find(all, tree.leader, &ProcessEntry::pid);
  TreeScan scan(tree, leader == all.end() ? std::nullopt : std::optional(*leader), {});
  for (const auto& process : all) scan.see(process);
  std::vector<pid_t> pids;
  for (const auto& process : scan.finish(all).entries) pids.push_back(process.pid);
  std::ranges::sort(pids);
  return pids;
}

TEST(TreeScan, OrphansInTheLeadersSessionAreMembers) {
  const std::vector<ProcessEntry> all = {entry(10, 2, 10), entry(11, 2, 10), entry(12, 11, 12),
                                         entry(13, 2, 13)};
  EXPECT_THAT(members(all), ElementsAre(10, 11, 12));
}

TEST(TreeScan, ALeaderWhosePidWasReusedHasNoMembers) {
  const std::vector<ProcessEntry> all = {entry(10, 1, 10, 200), entry(11, 10, 10, 201)};
  EXPECT_TRUE(members(all).empty());
}

TEST(TreeScan, EndedProcessesAreNoMembersButTheirChildrenAre) {
  auto ended = entry(11, 10, 10);
  ended.state = 'Z';
  const std::vector<ProcessEntry> all = {entry(10, 1, 10), ended, entry(12, 11, 12)};
  EXPECT_THAT(members(all), ElementsAre(10, 12));
}

}  // namespace
}  // namespace sovereign::process
