// For tests that start real programs: a loop of their own, plans for sh and python3, and waiting
// for the end of any process.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "async/block_on.hpp"
#include "process/run_command.hpp"
#include "process/spawner.hpp"

namespace sovereign::process {

inline const Environment kTestEnvironment = {{"PATH", "/usr/bin:/bin"}, {"LANG", "C.UTF-8"}};

inline Command shell(std::string script) {
  return {.program = "sh",
          .arguments = {"-c", std::move(script)},
          .environment = kTestEnvironment,
          .directory = "/"};
}

inline Command python(std::string script) {
  return {.program = "python3",
          .arguments = {"-c", std::move(script)},
          .environment = kTestEnvironment,
          .directory = "/"};
}

/// Of this test program only: others may run at the same time.
inline std::string marker(std::string_view name = "test") {
  return fmt::format("{}-{}", name, ::getpid());
}

inline LaunchPlan plan(const Command& command, std::string_view name = "test") {
  LaunchPlan plan{.program = command.program,
                  .arguments = command.arguments,
                  .environment = command.environment,
                  .directory = command.directory,
                  .limits = command.limits};
  plan.environment.emplace(kTreeMarker, marker(name));
  return plan;
}

inline Result<CommandResult> run(Spawner& spawner, Command command) {
  return async::block_on(run_command(spawner, std::move(command)));
}

/// Opened while the process is known to run.
inline FileDescriptor watch(pid_t pid) {
  return FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// Whether the process of `pidfd` ends within ten seconds.
inline bool ends(const FileDescriptor& pidfd) {
  pollfd ended{.fd = pidfd.get(), .events = POLLIN, .revents = 0};
  return ::poll(&ended, 1, 10'000) == 1;
}

/// Reads a line, without its end, from what a child writes.
inline async::asio::awaitable<std::string> read_line(Pipe& pipe) {
  std::string line;
  char byte = 0;
  while (true) {
    const auto buffer = async::asio::buffer(&byte, 1);
    co_await pipe.async_read_some(buffer, async::asio::use_awaitable);
    if (byte == '\n') co_return line;
    line.push_back(byte);
  }
}

}  // namespace sovereign::process
