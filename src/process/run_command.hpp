// Runs one program to its end and collects what it says: git, mix. Never through a shell.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.hpp"
#include "process/exit_status.hpp"
#include "process/launch_plan.hpp"
#include "process/spawner.hpp"

namespace sovereign::process {

enum class Stream { output, errors };

/// Called on the loop's thread with what was just read, before it is capped. Must not throw.
using OutputListener = std::function<void(Stream, std::string_view bytes)>;

struct Command {
  std::string program;  ///< As LaunchPlan::program.
  std::vector<std::string> arguments;
  /// Exact; kTreeMarker is added with a value of its own unless it is there.
  Environment environment;
  std::string directory;
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds grace{2'000};  ///< Between SIGTERM and SIGKILL when time is up.
  std::size_t output_bytes = 1 << 20;      ///< Kept of each stream; the rest is read and dropped.
  ResourceLimits limits;
  std::optional<std::string> input;  ///< Else standard input is /dev/null.
  OutputListener on_output;
};

struct CommandResult {
  ExitStatus status;
  std::string output;
  std::string errors;
  bool output_truncated = false;
  bool errors_truncated = false;
  bool timed_out = false;  ///< `status` then says how it was ended.
  std::chrono::milliseconds duration{};

  bool succeeded() const { return status.succeeded() && !timed_out; }
};

/// Resumes when the program has ended and nothing it started is left: what outlives it is killed,
/// and so is the whole tree on time-out and when the awaiting coroutine is cancelled. A program
/// that fails is a result, not an error. Errors: those of Spawner::spawn; unavailable (cancelled;
/// or a process could not be killed). `spawner` must outlive the call.
Task<CommandResult> run_command(Spawner& spawner, Command command);

/// One sentence on how it ended, for people: "git exited with status 128", "mix was ended after 300
/// s (time limit)".
std::string describe(const Command& command, const CommandResult& result);

}  // namespace sovereign::process
