// How text gets into a log line: escaped, valid UTF-8, of limited length.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace sovereign::telemetry {

using LineBuffer = fmt::memory_buffer;

inline void append(LineBuffer& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

/// `text` as a quoted JSON string. Control characters (C0, DEL, C1) are escaped, bytes that are not
/// UTF-8 become U+FFFD, and what is over `max_bytes` becomes an ellipsis.
void append_quoted(LineBuffer& line, std::string_view text, std::size_t max_bytes);

/// As `append_quoted`, but without quotes when it is one plain word.
void append_word(LineBuffer& line, std::string_view text, std::size_t max_bytes);

/// Formats times of day by keeping the second it formatted last: lines come in bursts.
class TimeFormat {
 public:
  /// RFC 3339, UTC, always with six digits of fraction.
  void append_to(LineBuffer& line, Timestamp time);

 private:
  std::chrono::sys_seconds second_{std::chrono::seconds{-1}};
  std::string prefix_;
};

}  // namespace sovereign::telemetry
