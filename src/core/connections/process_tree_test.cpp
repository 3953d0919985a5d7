#include "core/connections/process_tree.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace sovereign::core {
namespace {

using Table = std::vector<process::ProcessEntry>;

process::ProcessEntry entry(pid_t pid, pid_t parent, pid_t session) {
  return {.pid = pid, .parent = parent, .session = session, .state = 'S'};
}

bool descends(pid_t peer, pid_t root, const Table& table) {
  return is_descendant(peer, root, [&](pid_t pid) -> std::optional<process::ProcessEntry> {
    const auto found = std::ranges::find(table, pid, &process::ProcessEntry::pid);
    return found == table.end() ? std::nullopt : std::optional(*found);
  });
}

TEST(ProcessTree, a_process_is_found_by_its_parents) {
  const Table table{entry(30, 20, 30), entry(20, 10, 20), entry(10, 1, 10), entry(40, 1, 40)};
  EXPECT_TRUE(descends(10, 10, table));
  EXPECT_TRUE(descends(30, 10, table));
  EXPECT_FALSE(descends(40, 10, table));
  EXPECT_FALSE(descends(10, 30, table));
}

TEST(ProcessTree, a_session_outlives_the_parents_between) {
  EXPECT_TRUE(descends(30, 10, {entry(30, 1, 10), entry(10, 1, 10)}));
}

TEST(ProcessTree, a_process_that_vanished_and_a_circle_of_parents_are_not_in_the_tree) {
  EXPECT_FALSE(descends(30, 10, {entry(30, 20, 5)}));
  EXPECT_FALSE(descends(30, 10, {entry(30, 20, 5), entry(20, 30, 5)}));
}

class LiveTreeTest : public ::testing::Test {
 protected:
  LiveTreeTest() {
    child_ = ::fork();
    if (child_ == 0) {
      for (;;) ::pause();
    }
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, child_, 0));
  }
  ~LiveTreeTest() override {
    end();
    ::close(pidfd_);
  }
  void end() {
    if (child_ == 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }

  SystemProcessTrees trees_;
  pid_t child_ = 0;
  int pidfd_ = -1;
};

TEST_F(LiveTreeTest, a_child_is_in_our_tree_and_we_are_not_in_its) {
  const ProcessHandle self{.pid = ::getpid()};
  const ProcessHandle child{.pid = child_, .pidfd = pidfd_};
  EXPECT_TRUE(trees_.is_in_tree(child, self));
  EXPECT_TRUE(trees_.is_in_tree(self, self));
  EXPECT_FALSE(trees_.is_in_tree(self, child));
}

TEST_F(LiveTreeTest, a_process_that_ended_is_in_no_tree) {
  const ProcessHandle child{.pid = child_, .pidfd = pidfd_};
  end();
  EXPECT_FALSE(trees_.is_in_tree(child, {.pid = ::getpid()}));
  // Its number may be another's by now; the descriptor still tells.
  EXPECT_FALSE(trees_.is_in_tree({.pid = ::getpid(), .pidfd = pidfd_}, {.pid = ::getpid()}));
}

}  // namespace
}  // namespace sovereign::core
