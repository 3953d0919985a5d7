// The processes of the machine as /proc shows them (proc(5)). A snapshot: processes come and go
// while it is read, so who acts on it verifies and repeats.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sovereign::process {

/// Clock ticks after boot; with the pid it names one process for as long as the machine is up.
using StartTime = std::uint64_t;

/// One line of /proc/<pid>/stat.
struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  char state = '?';  ///< 'Z' is a process that ended and was not reaped.
  StartTime start_time = 0;
  std::uint64_t cpu_ticks = 0;        ///< User and system time so far.
  std::uint64_t virtual_bytes = 0;    ///< 0: no memory of its own (kernel thread, ended process).
  std::uint64_t resident_pages = 0;   ///< Resident set.
  std::uint64_t environment_end = 0;  ///< Address; 0 also while a new program is being loaded.

  bool has_ended() const { return state == 'Z' || state == 'X'; }
};

/// Reads the text of a stat file; nullopt when it is not one. The program's name in it may hold
/// anything, parentheses and newlines included.
std::optional<ProcessEntry> parse_stat(std::string_view text);

/// nullopt when there is no such process.
std::optional<ProcessEntry> read_entry(pid_t pid);

/// Whether the process `pid` is the one that started at `start_time`, and has not ended.
bool verify(pid_t pid, StartTime start_time);

/// Whether the process was started with kTreeMarker=`marker`. False for processes of other users.
bool has_marker(pid_t pid, std::string_view marker);

struct TreeUsage {
  std::uint64_t resident_bytes = 0;
  std::chrono::milliseconds cpu{};  ///< Of the living processes, since each began.
  std::size_t processes = 0;
};

class ProcessTable {
 public:
  /// Reads /proc until no new process shows up: of a chain of processes that fork and end, one
  /// that lives is in it. Entries in order of pid.
  /// `see` is called with each as soon as it was read.
  static ProcessTable read(const std::function<void(const ProcessEntry&)>& see = {});
  explicit ProcessTable(std::vector<ProcessEntry> entries);

  const std::vector<ProcessEntry>& entries() const { return entries_; }

  /// `root`, if it is there, and its descendants, as far as parents connect them.
  std::vector<ProcessEntry> subtree(pid_t root) const;

  /// RSS and CPU summed over subtree(root). Pages shared between processes count in each.
  TreeUsage usage(pid_t root) const;

 private:
  std::vector<ProcessEntry> entries_;
};

/// For one tree; who measures many reads one table for all.
TreeUsage tree_usage(pid_t root);

}  // namespace sovereign::process
