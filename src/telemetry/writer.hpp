// A thread that writes text to a file or stderr, fed through spdlog's bounded queue. Private to
// this folder; keeps spdlog out of the other headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/error.hpp"

namespace sovereign::telemetry {

class Writer {
 public:
  /// Appends to `file`, or writes to stderr when it is empty. Throws std::system_error.
  Writer(const std::filesystem::path& file, std::size_t queue_length);
  /// Writes what is queued, then ends the thread.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Queues `text` (whole lines). In a full queue the oldest text makes room.
  void post(std::string_view text);

  /// Texts waiting to be written.
  std::size_t queued() const;
  /// Texts that made room for others.
  std::uint64_t overrun() const;
  /// Lines whose writing failed.
  std::uint64_t failed_lines() const;

  /// Waits until what was posted before is written, two seconds at most.
  void flush();
  Result<void> reopen();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sovereign::telemetry
