// Scanning reads files and does nothing else: it runs here under a system call filter that ends the
// process at the first attempt to make a process, to run a program or to open a socket.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <vector>

#include "core/catalog/core_fixture.hpp"
#include "core/discovery/walk.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr auto kForbidden = std::to_array<std::uint32_t>(
    {SYS_clone, SYS_clone3, SYS_fork, SYS_vfork, SYS_execve, SYS_execveat, SYS_socket,
     SYS_socketpair, SYS_connect, SYS_bind, SYS_sendto, SYS_sendmsg, SYS_io_uring_setup});
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr auto kForbidden = std::to_array<std::uint32_t>(
    {SYS_clone, SYS_clone3, SYS_execve, SYS_execveat, SYS_socket, SYS_socketpair, SYS_connect,
     SYS_bind, SYS_sendto, SYS_sendmsg, SYS_io_uring_setup});
#endif

/// Kills this process at a forbidden call from now on.
bool forbid_processes_and_sockets() {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const auto number : kForbidden) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                          .filter = program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

/// How a child process ends that does `work` under the filter; its exit code is what it answers.
template <typename Work>
int status_under_filter(Work work) {
  const auto child = ::fork();
  if (child == 0) {
    if (!forbid_processes_and_sockets()) ::_exit(99);
    ::_exit(work());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(DiscoveryPurity, AScanMakesNoProcessAndNoSocket) {
  support::TemporaryFolder folder("purity");
  std::filesystem::create_directories(folder.path() / "a" / ".git");
  std::ofstream(folder.path() / "a" / kManifestName) << manifest_text("com.example.a");
  std::ofstream(folder.path() / "a" / ".git" / "HEAD") << "ref: refs/heads/main\n";
  // What would run if anything did.
  std::ofstream(folder.path() / "a" / "mix.exs") << "File.write!(\"owned\", \"\")";
  const auto root = folder.path();
  const int status = status_under_filter([&root] {
    const std::atomic<bool> stopping = false;
    const auto found = walk({.roots = {root}}, stopping);
    return found.manifests.size() == 1 && found.manifests[0].git ? 7 : 1;
  });
  ASSERT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "a" / "owned"));
}

TEST(DiscoveryPurity, TheFilterWouldHaveEndedIt) {
  for (const bool makes_process : {false, true}) {
    const int status = status_under_filter([makes_process] {
      if (makes_process) return static_cast<int>(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
      return ::socket(AF_UNIX, SOCK_STREAM, 0);
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), SIGSYS);
  }
}

}  // namespace
}  // namespace sovereign::core
