#include "core/connections/process_tree.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

namespace sovereign::core {
namespace {

bool descends(pid_t peer, pid_t root, const std::map<pid_t, ProcessParent>& table) {
  return is_descendant(peer, root, [&](pid_t pid) -> std::optional<ProcessParent> {
    const auto found = table.find(pid);
    return found == table.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(ProcessTree, a_process_is_found_by_its_parents) {
  const std::map<pid_t, ProcessParent> table{
      {30, {20, 30, 0}}, {20, {10, 20, 0}}, {10, {1, 10, 0}}, {40, {1, 40, 0}}};
  EXPECT_TRUE(descends(10, 10, table));
  EXPECT_TRUE(descends(30, 10, table));
  EXPECT_FALSE(descends(40, 10, table));
  EXPECT_FALSE(descends(10, 30, table));
}

TEST(ProcessTree, a_session_outlives_the_parents_between) {
  const std::map<pid_t, ProcessParent> table{{30, {1, 10, 0}}, {10, {1, 10, 0}}};
  EXPECT_TRUE(descends(30, 10, table));
}

TEST(ProcessTree, a_process_that_vanished_and_a_circle_of_parents_are_not_in_the_tree) {
  EXPECT_FALSE(descends(30, 10, {{30, {20, 5, 0}}}));
  EXPECT_FALSE(descends(30, 10, {{30, {20, 5, 0}}, {20, {30, 5, 0}}}));
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
