#include "process/spawner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cstdint>
#include <thread>

#include "process/spawn_test.hpp"

namespace sovereign::process {
namespace {

constexpr std::chrono::milliseconds kShortGrace{50};
constexpr std::chrono::milliseconds kLongGrace{10'000};

class SpawnerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(become_subreaper().has_value()); }
  static void TearDownTestSuite() { ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0); }

  Spawner spawner;
};

struct Ended {
  ExitStatus status;
  FileDescriptor helper;  ///< Of the process whose pid was the first line of output.
};

/// Starts the plan, waits for a line that names a pid, and ends the tree.
Task<Ended> start_and_end(Spawner& spawner, LaunchPlan plan, std::chrono::milliseconds grace) {
  Result<Child> child = co_await spawner.spawn(std::move(plan));
  if (!child) co_return Failure(child.error());
  std::string line = co_await read_line(child->output());
  FileDescriptor helper = watch(std::stoi(line));
  Result<ExitStatus> status = co_await child->end_tree(grace);
  if (!status) co_return Failure(status.error());
  co_return Ended{*status, std::move(helper)};
}

TEST_F(SpawnerTest, APoliteProcessEndsBySigtermWithinItsGrace) {
  const auto ended = async::block_on(
      start_and_end(spawner,
                    plan(shell("trap 'exit 0' TERM; echo $$; while :; do sleep 1000 & "
                               "wait; done")),
                    kLongGrace));
  ASSERT_TRUE(ended.has_value());
  EXPECT_TRUE(ended->status.succeeded());
}

TEST_F(SpawnerTest, AProcessThatIgnoresSigtermIsKilled) {
  const auto ended = async::block_on(start_and_end(
      spawner, plan(shell("trap '' TERM; echo $$; while :; do sleep 1000; done")), kShortGrace));
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->status.signal, SIGKILL);
}

TEST_F(SpawnerTest, AStoppedProcessStillActsOnSigterm) {
  const auto ended = async::block_on(start_and_end(
      spawner, plan(shell("trap 'exit 5' TERM; echo $$; kill -STOP $$; sleep 1000")), kLongGrace));
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->status.code, 5);
}

TEST_F(SpawnerTest, HelpersInSessionsOfTheirOwnEndWithTheTree) {
  const auto ended = async::block_on(
      start_and_end(spawner, plan(shell("setsid sleep 1000 & echo $!; wait")), kShortGrace));
  ASSERT_TRUE(ended.has_value());
  ASSERT_TRUE(ended->helper);
  EXPECT_TRUE(ends(ended->helper));
}

TEST_F(SpawnerTest, DoubleForkedDaemonsEndWithTheTreeByTheirMarker) {
  const auto ended = async::block_on(start_and_end(spawner, plan(python(R"(
import os, sys
reader, writer = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(writer, b"%d\n" % os.getpid())
        os.execvp("sleep", ["sleep", "1000"])
    os._exit(0)
os.wait()
sys.stdout.write(os.read(reader, 99).decode())
sys.stdout.flush()
os.execvp("sleep", ["sleep", "1000"])
)")),
                                                   kShortGrace));
  ASSERT_TRUE(ended.has_value());
  ASSERT_TRUE(ended->helper);
  EXPECT_TRUE(ends(ended->helper));
}

TEST_F(SpawnerTest, ATreeThatForksAllTheTimeIsOutrun) {
  auto command = python(R"(
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
end = time.monotonic() + 20
while time.monotonic() < end:
    if os.fork():
        time.sleep(0.002)
        os._exit(0)
    os.setsid()
)");
  const auto ended = async::block_on(start_and_end(spawner, plan(command), kShortGrace));
  ASSERT_TRUE(ended.has_value()) << ended.error().context;
  EXPECT_TRUE(scan_tree({.marker = marker()}).entries.empty());
}

TEST_F(SpawnerTest, OrphansThatEndedAreReaped) {
  ASSERT_TRUE(run(spawner, shell("(setsid true &)")).has_value());
  async::block_on(spawner.kill_tree({.marker = "nobody"}));
  EXPECT_EQ(ProcessTable::read().subtree(::getpid()).size(), 1U);
}

TEST_F(SpawnerTest, ChildrenOfOthersInThisProgramAreNotReaped) {
  const pid_t other = ::fork();
  if (other == 0) ::_exit(7);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(other), &info, WEXITED | WNOWAIT), 0);
  spawner.reap_orphans();
  ASSERT_TRUE(run(spawner, shell("true")).has_value());
  int status = 0;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

/// Starts a process, looks at it, and forgets it.
Task<FileDescriptor> start_and_drop(Spawner& spawner, LaunchPlan plan) {
  Result<Child> child = co_await spawner.spawn(std::move(plan));
  if (!child) co_return Failure(child.error());
  EXPECT_TRUE(verify(child->pid(), child->start_time()));
  EXPECT_TRUE(has_marker(child->pid(), marker()));
  EXPECT_FALSE(has_marker(child->pid(), "tes"));
  co_return watch(child->pid());
}

TEST_F(SpawnerTest, AChildThatIsDroppedEndsInTheBackground) {
  const auto process = async::block_on(start_and_drop(spawner, plan(shell("sleep 1000"))));
  ASSERT_TRUE(process.has_value());
  EXPECT_TRUE(ends(*process));
}

TEST_F(SpawnerTest, TheChildHasThreeDescriptorsItsOwnSessionAndFreshSignals) {
  ::signal(SIGPIPE, SIG_IGN);
  // The C library keeps 32 to itself, but whatever started us may have it ignored.
  const std::array<std::uintptr_t, 4> ignore{1};
  ASSERT_EQ(::syscall(SYS_rt_sigaction, 32, ignore.data(), nullptr, 8), 0);
  const auto result = run(spawner, python(R"(
import os, resource, signal
print(sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:-1])
print(os.getsid(0) == os.getpid(), oct(os.umask(0)), os.getcwd())
print(resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
for line in open("/proc/self/status"):
    if line.split(":")[0] in ("SigBlk", "NoNewPrivs"): print(line.strip())
)"));
  const auto ignored = run(spawner, shell("grep SigIgn /proc/self/status"));
  ::signal(SIGPIPE, SIG_DFL);
  const std::array<std::uintptr_t, 4> defaults{};
  ::syscall(SYS_rt_sigaction, 32, defaults.data(), nullptr, 8);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->output,
            "[0, 1, 2]\nTrue 0o77 /\n(0, 0) 1024\nSigBlk:\t0000000000000000\nNoNewPrivs:\t1\n")
      << result->errors;
  EXPECT_EQ(ignored->output, "SigIgn:\t0000000000000000\n");
}

TEST_F(SpawnerTest, ALimitAboveOursIsLoweredToOurs) {
  rlimit ours{};
  ::getrlimit(RLIMIT_NOFILE, &ours);
  auto command = shell("ulimit -n");
  command.limits.open_files = ours.rlim_max + 1;
  EXPECT_EQ(run(spawner, std::move(command))->output, fmt::format("{}\n", ours.rlim_max));
}

/// Writes the pid of a process it started to `writer` and waits for its end.
Task<ExitStatus> start_and_tell(Spawner& spawner, LaunchPlan plan, int writer) {
  Result<Child> child = co_await spawner.spawn(std::move(plan));
  if (!child) co_return Failure(child.error());
  const pid_t pid = child->pid();
  [[maybe_unused]] const auto written = ::write(writer, &pid, sizeof pid);
  Result<ExitStatus> status = co_await child->wait();
  co_return status;
}

/// A program with one child that will not end by itself.
[[noreturn]] void be_program(int writer) {
  Spawner spawner;
  // A thread of its own, since the loop of this one is shared with the program that forked.
  std::thread([&] {
    auto task = start_and_tell(spawner, plan(shell("exec sleep 1000"), "death"), writer);
    [[maybe_unused]] const auto status = async::block_on(std::move(task));
  }).join();
  std::abort();
}

TEST_F(SpawnerTest, AKilledProgramLeavesNoneOfItsChildren) {
  std::array<int, 2> ends_of_pipe{};
  ASSERT_EQ(::pipe(ends_of_pipe.data()), 0);
  const pid_t program = ::fork();
  if (program == 0) be_program(ends_of_pipe[1]);
  ::close(ends_of_pipe[1]);
  pid_t child = 0;
  ASSERT_EQ(::read(ends_of_pipe[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  ::close(ends_of_pipe[0]);
  const FileDescriptor process = watch(child);
  ASSERT_TRUE(process);
  ::kill(program, SIGKILL);
  EXPECT_TRUE(ends(process));
  ::waitpid(program, nullptr, 0);
  // It came to us as an orphan; as a child of this test it is no one else's to reap.
  ::waitpid(child, nullptr, 0);
}

/// Ends the process of `plan` by what its environment says, as after a restart.
Task<bool> end_as_survivor(Spawner& spawner, LaunchPlan plan) {
  Result<Child> child = co_await spawner.spawn(std::move(plan));
  if (!child) co_return Failure(child.error());
  Result<void> killed = co_await spawner.kill_tree({.marker = marker("old-run")});
  if (!killed) co_return Failure(killed.error());
  Result<ExitStatus> status = co_await child->wait();
  co_return status && status->signal == SIGKILL;
}

TEST_F(SpawnerTest, SurvivorsOfAnEarlierRunAreEndedByTheirMarker) {
  const auto ended =
      async::block_on(end_as_survivor(spawner, plan(shell("sleep 1000"), "old-run")));
  EXPECT_TRUE(ended && *ended);
}

}  // namespace
}  // namespace sovereign::process
