// What a new process is to be, as a value: everything is decided and prepared before the fork. A
// sandbox that wraps launches later changes the plan; the rest of the program does not notice.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sovereign::process {

/// The whole environment of a process: nothing is inherited.
using Environment = std::map<std::string, std::string, std::less<>>;

/// The variable whose value marks every process of one tree. A process that left its parent and
/// its session is still found by it (environments are inherited).
inline constexpr std::string_view kTreeMarker = "OPENSENTIENCE_RUN_ID";

/// Limits the kernel enforces without privileges (setrlimit(2)); a limit above what we may set is
/// lowered to that. Core dumps are always off: they would hold secrets.
struct ResourceLimits {
  std::uint64_t open_files = 1024;
  std::optional<std::uint64_t> file_size;     ///< Bytes a file may grow to; SIGXFSZ beyond.
  std::optional<std::uint64_t> data;          ///< Bytes of private writable memory (RLIMIT_DATA).
  std::optional<std::uint64_t> processes;     ///< Threads of the whole *user*, not of this tree.
  std::optional<std::chrono::seconds> cpu{};  ///< Of each process; SIGXCPU beyond.
};

struct LaunchPlan {
  /// A path, relative ones to `directory`; or a bare name, looked up in the PATH of `environment`.
  std::string program;
  std::vector<std::string> arguments;  ///< Without the program's own name.
  Environment environment;             ///< Give it kTreeMarker, so that all of the tree is found.
  std::string directory;               ///< Working directory, absolute.
  ResourceLimits limits;
  /// What standard input holds, all of it there from the start; else it is /dev/null.
  std::optional<std::string> input{};
};

}  // namespace sovereign::process
