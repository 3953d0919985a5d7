#include "telemetry/access_log.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "telemetry/line_format.hpp"
#include "telemetry/writer.hpp"

namespace sovereign::telemetry {
namespace {

constexpr std::size_t kMaxPathBytes = 512;
constexpr std::size_t kMaxOtherBytes = 256;
/// Room in the queue for the messages of flush_all(), so that they push out no chunk.
constexpr std::size_t kSpareSlots = 8;

void append_number(LineBuffer& line, std::uint64_t number) {
  const fmt::format_int text(number);
  append(line, {text.data(), text.size()});
}

void append_member(LineBuffer& line, std::string_view name_and_colon, std::string_view value) {
  if (value.empty()) return;
  append(line, name_and_colon);
  append_quoted(line, value, kMaxOtherBytes);
}

std::string_view without_query(std::string_view path) {
  return path.substr(0, path.find_first_of("?#"));
}

void append_json(LineBuffer& line, TimeFormat& time_format, const AccessRecord& record) {
  append(line, R"({"time":")");
  time_format.append_to(line, record.time);
  append(line, R"(","method":)");
  append_quoted(line, record.method, kMaxOtherBytes);
  append(line, R"(,"path":)");
  append_quoted(line, without_query(record.path), kMaxPathBytes);
  append_member(line, R"(,"route":)", record.route);
  append(line, R"(,"status":)");
  append_number(line, static_cast<std::uint64_t>(record.status));
  append(line, R"(,"bytes_in":)");
  append_number(line, record.bytes_in);
  append(line, R"(,"bytes_out":)");
  append_number(line, record.bytes_out);
  append(line, R"(,"duration_us":)");
  append_number(line, static_cast<std::uint64_t>(record.duration.count()));
  append_member(line, R"(,"client":)", record.client);
  append_member(line, R"(,"request_id":)", record.request_id);
  append_member(line, R"(,"subject":)", record.subject);
  append_member(line, R"(,"user_agent":)", record.user_agent);
  append_member(line, R"(,"trace_id":)", record.trace_id);
  append(line, "}\n");
}

void append_or_dash(LineBuffer& line, std::string_view value) {
  if (value.empty()) return line.push_back('-');
  append_word(line, value, kMaxOtherBytes);
}

/// The part of a quoted string between the quotes.
void append_unquoted(LineBuffer& line, std::string_view text, std::size_t max_bytes) {
  LineBuffer quoted;
  append_quoted(quoted, text, max_bytes);
  append(line, {quoted.data() + 1, quoted.size() - 2});
}

void append_combined(LineBuffer& line, TimeFormat& time_format, const AccessRecord& record) {
  append_or_dash(line, record.client);
  append(line, " - ");
  append_or_dash(line, record.subject);
  append(line, " [");
  time_format.append_to(line, record.time);
  append(line, "] \"");
  append_unquoted(line, record.method, kMaxOtherBytes);
  line.push_back(' ');
  append_unquoted(line, without_query(record.path), kMaxPathBytes);
  append(line, " HTTP/1.1\" ");
  append_number(line, static_cast<std::uint64_t>(record.status));
  line.push_back(' ');
  append_number(line, record.bytes_out);
  append(line, " \"-\" ");
  append_quoted(line, record.user_agent.empty() ? "-" : record.user_agent, kMaxOtherBytes);
  line.push_back(' ');
  append_number(line, static_cast<std::uint64_t>(record.duration.count()));
  line.push_back('\n');
}

/// What one thread has formatted. The lock is for flush() from elsewhere, so it is nearly always
/// free.
struct ThreadBuffer {
  std::thread::id owner;  ///< When it is gone, a later thread may get its id and so its buffer.
  std::mutex mutex;
  LineBuffer text;
  std::uint64_t lines = 0;
  SteadyTime since{};  ///< Of the first line in `text`.
  TimeFormat time_format;
};

std::uint64_t next_log_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

}  // namespace

class AccessLog::Implementation {
 public:
  Implementation(AccessLogOptions options, const Clock& clock)
      : options_(std::move(options)),
        clock_(clock),
        writer_(options_.target == AccessTarget::file ? options_.file : std::filesystem::path(),
                options_.queue_chunks + kSpareSlots) {}

  ~Implementation() { flush_older_than(SteadyTime::max()); }

  void write(const AccessRecord& record) {
    auto& buffer = buffer_of_this_thread();
    const std::lock_guard lock(buffer.mutex);
    if (buffer.lines == 0) buffer.since = clock_.steady_now();
    if (options_.format == AccessFormat::json) {
      append_json(buffer.text, buffer.time_format, record);
    } else {
      append_combined(buffer.text, buffer.time_format, record);
    }
    ++buffer.lines;
    if (buffer.text.size() >= options_.chunk_bytes) hand_over(buffer);
  }

  void flush() { flush_older_than(clock_.steady_now() - options_.max_age); }

  void flush_all() {
    flush_older_than(SteadyTime::max());
    writer_.flush();
  }

  Result<void> reopen() { return writer_.reopen(); }

  std::uint64_t dropped_lines() const {
    return dropped_.load(std::memory_order_relaxed) + writer_.failed_lines();
  }

 private:
  ThreadBuffer& buffer_of_this_thread() {
    thread_local std::uint64_t log_id = 0;
    thread_local ThreadBuffer* buffer = nullptr;
    if (log_id != id_) {
      buffer = &find_or_add_buffer();
      log_id = id_;
    }
    return *buffer;
  }

  ThreadBuffer& find_or_add_buffer() {
    const std::lock_guard lock(buffers_mutex_);
    const auto self = std::this_thread::get_id();
    const auto found =
        std::ranges::find(buffers_, self, [](const auto& buffer) { return buffer->owner; });
    if (found != buffers_.end()) return **found;
    buffers_.push_back(std::make_unique<ThreadBuffer>());
    buffers_.back()->owner = self;
    return *buffers_.back();
  }

  void flush_older_than(SteadyTime limit) {
    const std::lock_guard lock(buffers_mutex_);
    for (const auto& buffer : buffers_) {
      const std::lock_guard buffer_lock(buffer->mutex);
      if (buffer->lines > 0 && buffer->since <= limit) hand_over(*buffer);
    }
  }

  void hand_over(ThreadBuffer& buffer) {
    {
      // One poster at a time: the queue cannot fill up between the question and the post, so it
      // never overruns and what is dropped is known to the line.
      const std::lock_guard lock(posting_);
      if (writer_.queued() < options_.queue_chunks) {
        writer_.post({buffer.text.data(), buffer.text.size()});
      } else {
        dropped_.fetch_add(buffer.lines, std::memory_order_relaxed);
      }
    }
    buffer.text.clear();
    buffer.lines = 0;
  }

  const AccessLogOptions options_;
  const Clock& clock_;
  const std::uint64_t id_ = next_log_id();
  Writer writer_;
  std::mutex posting_;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::mutex buffers_mutex_;
  std::vector<std::unique_ptr<ThreadBuffer>> buffers_;
};

AccessLog::AccessLog(AccessLogOptions options, const Clock& clock) {
  if (options.target != AccessTarget::off) {
    implementation_ = std::make_unique<Implementation>(std::move(options), clock);
  }
}
AccessLog::~AccessLog() = default;

void AccessLog::write(const AccessRecord& record) {
  if (implementation_) implementation_->write(record);
}
void AccessLog::flush() {
  if (implementation_) implementation_->flush();
}
void AccessLog::flush_all() {
  if (implementation_) implementation_->flush_all();
}
Result<void> AccessLog::reopen() {
  return implementation_ ? implementation_->reopen() : Result<void>();
}
std::uint64_t AccessLog::dropped_lines() const {
  return implementation_ ? implementation_->dropped_lines() : 0;
}

}  // namespace sovereign::telemetry
