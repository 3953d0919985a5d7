// The log of a run on disk: logs/<agent_id>/<run_id>.log (0600 in a folder of 0700), rotated by
// size to .log.1, .log.2 ... Blocks: on workers' threads only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "core/launcher/log_lines.hpp"
#include "process/file_descriptor.hpp"

namespace sovereign::core {

struct LogFileOptions {
  std::uint64_t file_bytes = 5'000'000;  ///< A file that would grow beyond is rotated.
  std::size_t files = 3;                 ///< Of a run; the oldest goes.
  std::size_t runs = 20;                 ///< Of an agent whose logs are kept.
};

/// Any thread; one at a time writes.
class LogFile {
 public:
  /// Makes the folder and the file, and removes the logs of the agent's oldest runs. Errors:
  /// `unavailable`, naming the path.
  static Result<std::unique_ptr<LogFile>> create(std::filesystem::path path,
                                                 LogFileOptions options);

  /// Whole lines. Error: `unavailable` (disk full); the text is lost then and the next is tried.
  Result<void> append(std::string_view text);

 private:
  LogFile(std::filesystem::path path, LogFileOptions options)
      : path_(std::move(path)), options_(options) {}
  Result<void> open();
  void rotate();

  const std::filesystem::path path_;
  const LogFileOptions options_;
  std::mutex mutex_;
  process::FileDescriptor file_;
  std::uint64_t size_ = 0;
};

/// The last `count` lines of a run's log, rotated files included. Error: not_found.
Result<std::vector<LogLine>> read_log(const std::filesystem::path& path, std::size_t count);

}  // namespace sovereign::core
