// From the bytes an agent writes to the lines that are kept: pure. Whatever it writes, a line is
// bounded, is UTF-8 and cannot look like two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "json/table.hpp"

namespace sovereign::core {

inline constexpr std::size_t kLogLineRead = 8192;    ///< Bytes of a line that are looked at.
inline constexpr std::size_t kLogLineStored = 2000;  ///< Bytes of a line that are kept.

enum class LogStream : std::uint8_t { output, errors };

struct LogLine {
  std::uint64_t sequence = 0;  ///< From 1, within a run; 0 when read from a file.
  base::Timestamp at{};
  LogStream stream = LogStream::output;
  std::string text;

  bool operator==(const LogLine&) const = default;
};

/// Cuts a stream into lines, each at most kLogLineRead bytes, the rest of a longer one dropped.
class LineSplitter {
 public:
  /// The lines that `bytes` complete, without LF or CR LF.
  std::vector<std::string> feed(std::string_view bytes);
  /// What is left when the stream ends without a line break.
  std::optional<std::string> finish();

 private:
  std::string line_;
  bool has_begun_ = false;
};

/// `text` as one storable line: bytes that are no UTF-8 and control characters other than tab and
/// escape become U+FFFD; cut to kLogLineStored bytes at a character.
std::string storable(std::string_view text);

/// "<RFC 3339> stdout <text>" with a line break.
std::string format_line(const LogLine& line);
/// The opposite, without the line break; nullopt when it is no such line.
std::optional<LogLine> parse_line(std::string_view text);

}  // namespace sovereign::core

template <>
struct sovereign::json::Names<sovereign::core::LogStream> {
  using enum sovereign::core::LogStream;
  static constexpr std::array values = {EnumName{output, "stdout"}, EnumName{errors, "stderr"}};
};

template <>
struct sovereign::json::Table<sovereign::core::LogLine> {
  using T = sovereign::core::LogLine;
  static constexpr std::string_view name = "LogLine";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("sequence", &T::sequence, {.description = "Within the run; 0 for lines of old runs."}),
      field("at", &T::at),
      field("stream", &T::stream),
      field("text", &T::text, {.description = "Redacted; may hold terminal escapes."}),
  };
};
