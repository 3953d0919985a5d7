// The program's log: named events with typed fields, one line each, JSON for machines or plain text
// for a terminal. Writing happens on a thread of its own; when it cannot keep up, the oldest
// waiting lines are dropped and counted, so that logging never holds up a request.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace sovereign::telemetry {

enum class Level { debug, info, warning, error };

enum class LogFormat {
  automatic,  ///< text when stderr is the target and a terminal, else json.
  json,       ///< {"time":..,"level":..,"event":..,fields..}
  text,       ///< time LEVEL event key=value ..
};

/// A field's value; texts are views that need to live only as long as the call.
class FieldValue {
 public:
  /// Also bool; numbers above the range of 64 signed bits are shown as its end.
  template <std::integral Value>
  FieldValue(Value value) {
    if constexpr (std::same_as<Value, bool>) {
      value_ = value;
    } else {
      value_ = std::in_range<std::int64_t>(value) ? static_cast<std::int64_t>(value)
                                                  : std::numeric_limits<std::int64_t>::max();
    }
  }
  FieldValue(double value) : value_(value) {}
  FieldValue(std::string_view value) : value_(value) {}
  FieldValue(const std::string& value) : value_(std::string_view(value)) {}
  FieldValue(const char* value) : value_(std::string_view(value)) {}

  const std::variant<std::string_view, std::int64_t, double, bool>& get() const { return value_; }

 private:
  std::variant<std::string_view, std::int64_t, double, bool> value_;
};

/// `name` is lower snake case and a constant; it must not be time, level or event.
struct Field {
  std::string_view name;
  FieldValue value;
};

/// Longer values are cut, with an ellipsis.
inline constexpr std::size_t kMaxLoggedValueBytes = 1024;

struct LogOptions {
  std::filesystem::path file;  ///< Appended to; empty: stderr.
  LogFormat format = LogFormat::automatic;
  Level level = Level::info;  ///< Events below are skipped.
  std::size_t queue_lines = 4096;
};

/// All members from any thread. Values are escaped: no input breaks out of its line.
class Log {
 public:
  /// `clock` must outlive the log. Throws std::system_error when the file cannot be opened.
  Log(LogOptions options, const Clock& clock);
  /// Writes what is waiting.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  using Fields = std::initializer_list<Field>;
  void write(Level level, std::string_view event, Fields fields = {});
  void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
  void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
  void warning(std::string_view event, Fields fields = {}) { write(Level::warning, event, fields); }
  void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

  /// Waits until what was logged before is written, two seconds at most.
  void flush();

  /// Opens the file anew, after logrotate renamed it. The old one stays in use when that fails:
  /// `unavailable`.
  Result<void> reopen();

  /// Lines that were never written: the queue was full, or writing failed (full disk).
  std::uint64_t dropped_lines() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sovereign::telemetry
