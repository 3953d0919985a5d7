// One line for each request. Lines are formatted on the calling thread into a buffer of that thread
// and handed to the writer in chunks: under a microsecond a request, no lock that threads contend
// for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace sovereign::telemetry {

/// What is said about one request; views need to live only as long as the call.
struct AccessRecord {
  Timestamp time{};  ///< When the answer was handed over.
  std::string_view method;
  std::string_view path;   ///< What follows a '?' is never written: it may hold tokens.
  std::string_view route;  ///< The route's pattern, or empty.
  int status = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::microseconds duration{};
  std::string_view client;  ///< Address.
  std::string_view request_id;
  std::string_view subject;  ///< Account or agent id, or empty.
  std::string_view user_agent;
  std::string_view trace_id;  ///< Of the caller's trace (W3C Trace Context), or empty.
};

enum class AccessFormat {
  json,
  combined,  ///< The "combined" format of web servers, with the duration in microseconds at the
             ///< end.
};

enum class AccessTarget { off, file, standard_error };

struct AccessLogOptions {
  AccessTarget target = AccessTarget::off;
  std::filesystem::path file;
  AccessFormat format = AccessFormat::json;
  std::size_t chunk_bytes = 16 * 1024;     ///< A buffer this full is handed over.
  std::chrono::milliseconds max_age{200};  ///< And one this old, by flush().
  std::size_t queue_chunks = 256;  ///< Beyond it chunks are dropped and their lines counted.
};

class AccessLog {
 public:
  /// `clock` must outlive the log. Throws std::system_error when the file cannot be opened.
  AccessLog(AccessLogOptions options, const Clock& clock);
  /// Writes all that is buffered or waiting. No thread may be in write() any more.
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  bool is_on() const { return implementation_ != nullptr; }

  /// Any thread.
  void write(const AccessRecord& record);

  /// Hands over each thread's buffer that is older than `max_age`; for a sweep every 200 ms or so.
  void flush();

  /// Hands over all buffers and waits until they are written, two seconds at most.
  void flush_all();

  /// As Log::reopen.
  Result<void> reopen();

  /// Lines that were never written.
  std::uint64_t dropped_lines() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sovereign::telemetry
