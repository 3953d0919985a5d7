#include "telemetry/log.hpp"

#include <unistd.h>

#include <cmath>

#include "telemetry/line_format.hpp"
#include "telemetry/writer.hpp"

namespace sovereign::telemetry {
namespace {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

LogFormat resolve(const LogOptions& options) {
  if (options.format != LogFormat::automatic) return options.format;
  return options.file.empty() && ::isatty(STDERR_FILENO) == 1 ? LogFormat::text : LogFormat::json;
}

/// Writes a field's value; texts in the way of the format.
struct ValueWriter {
  LineBuffer& line;
  LogFormat format;

  void operator()(std::string_view text) const {
    if (format == LogFormat::text) return append_word(line, text, kMaxLoggedValueBytes);
    append_quoted(line, text, kMaxLoggedValueBytes);
  }
  void operator()(std::int64_t number) const { fmt::format_to(fmt::appender(line), "{}", number); }
  void operator()(double number) const {
    // JSON has no infinity and no NaN.
    if (!std::isfinite(number)) return append(line, "null");
    fmt::format_to(fmt::appender(line), "{}", number);
  }
  void operator()(bool truth) const { append(line, truth ? "true" : "false"); }
};

}  // namespace

class Log::Implementation {
 public:
  Implementation(LogOptions options, const Clock& clock)
      : format_(resolve(options)),
        level_(options.level),
        clock_(clock),
        writer_(options.file, options.queue_lines) {}

  void write(Level level, std::string_view event, Fields fields) {
    if (level < level_) return;
    thread_local TimeFormat time_format;
    LineBuffer line;
    if (format_ == LogFormat::json) {
      append(line, R"({"time":")");
      time_format.append_to(line, clock_.now());
      fmt::format_to(fmt::appender(line), R"(","level":"{}","event":)", to_string(level));
      append_quoted(line, event, kMaxLoggedValueBytes);
      append_json_fields(line, fields);
    } else {
      time_format.append_to(line, clock_.now());
      fmt::format_to(fmt::appender(line), " {:<7} ", to_string(level));
      append_word(line, event, kMaxLoggedValueBytes);
      append_text_fields(line, fields);
    }
    line.push_back('\n');
    writer_.post({line.data(), line.size()});
  }

  Writer& writer() { return writer_; }

 private:
  void append_json_fields(LineBuffer& line, Fields fields) const {
    for (const auto& field : fields) {
      line.push_back(',');
      append_quoted(line, field.name, kMaxLoggedValueBytes);
      line.push_back(':');
      std::visit(ValueWriter{line, format_}, field.value.get());
    }
    line.push_back('}');
  }
  void append_text_fields(LineBuffer& line, Fields fields) const {
    for (const auto& field : fields) {
      line.push_back(' ');
      append_word(line, field.name, kMaxLoggedValueBytes);
      line.push_back('=');
      std::visit(ValueWriter{line, format_}, field.value.get());
    }
  }

  const LogFormat format_;
  const Level level_;
  const Clock& clock_;
  Writer writer_;
};

Log::Log(LogOptions options, const Clock& clock)
    : implementation_(std::make_unique<Implementation>(std::move(options), clock)) {}
Log::~Log() = default;

void Log::write(Level level, std::string_view event, Fields fields) {
  implementation_->write(level, event, fields);
}
void Log::flush() { implementation_->writer().flush(); }
Result<void> Log::reopen() { return implementation_->writer().reopen(); }

std::uint64_t Log::dropped_lines() const {
  const auto& writer = implementation_->writer();
  return writer.overrun() + writer.failed_lines();
}

}  // namespace sovereign::telemetry
