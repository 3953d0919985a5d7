#include "telemetry/writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <system_error>

namespace sovereign::telemetry {
namespace {

constexpr std::chrono::seconds kFlushPatience{2};

int open_for_append(const std::filesystem::path& file) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Writes each message's payload as it is.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit DescriptorSink(std::filesystem::path file) : file_(std::move(file)) {
    if (file_.empty()) return;
    fd_ = open_for_append(file_);
    if (fd_ < 0)
      throw std::system_error(errno, std::generic_category(), "cannot open " + file_.string());
  }
  ~DescriptorSink() override {
    if (!file_.empty()) ::close(fd_);
  }
  DescriptorSink(const DescriptorSink&) = delete;
  DescriptorSink& operator=(const DescriptorSink&) = delete;

  Result<void> reopen() {
    if (file_.empty()) return {};
    const int fd = open_for_append(file_);
    if (fd < 0) {
      return base::fail(ErrorCode::unavailable,
                        fmt::format("Cannot open {}: {}.", file_.string(), std::strerror(errno)));
    }
    const std::lock_guard lock(mutex_);
    ::close(fd_);
    fd_ = fd;
    return {};
  }

  std::uint64_t failed_lines() const { return failed_lines_.load(std::memory_order_relaxed); }

  std::uint64_t flushes() {
    const std::lock_guard lock(flush_mutex_);
    return flushes_;
  }
  void wait_for_flush(std::uint64_t number) {
    std::unique_lock lock(flush_mutex_);
    flushed_.wait_for(lock, kFlushPatience, [&] { return flushes_ >= number; });
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    if (!write_all(fd_, text)) {
      failed_lines_.fetch_add(static_cast<std::uint64_t>(std::ranges::count(text, '\n')),
                              std::memory_order_relaxed);
    }
  }
  void flush_() override {
    {
      const std::lock_guard lock(flush_mutex_);
      ++flushes_;
    }
    flushed_.notify_all();
  }

  const std::filesystem::path file_;
  int fd_ = STDERR_FILENO;
  std::atomic<std::uint64_t> failed_lines_ = 0;
  std::mutex flush_mutex_;
  std::condition_variable flushed_;
  std::uint64_t flushes_ = 0;
};

}  // namespace

class Writer::Implementation {
 public:
  Implementation(const std::filesystem::path& file, std::size_t queue_length)
      : sink_(std::make_shared<DescriptorSink>(file)),
        pool_(std::make_shared<spdlog::details::thread_pool>(queue_length, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {}

  void post(std::string_view text) {
    logger_->log(spdlog::level::critical, spdlog::string_view_t(text.data(), text.size()));
  }

  void flush() {
    // Flushes of several threads may be served out of turn; one at a time keeps the count honest.
    const std::lock_guard lock(flushing_);
    const auto number = sink_->flushes() + 1;
    auto logger = logger_;
    pool_->post_flush(std::move(logger), spdlog::async_overflow_policy::block);
    sink_->wait_for_flush(number);
  }

  // Shared only because spdlog wants it so: queued messages point to the logger, it to sink and
  // pool.
  std::shared_ptr<DescriptorSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::mutex flushing_;
};

Writer::Writer(const std::filesystem::path& file, std::size_t queue_length)
    : implementation_(std::make_unique<Implementation>(file, queue_length)) {}
Writer::~Writer() = default;
void Writer::post(std::string_view text) { implementation_->post(text); }
std::size_t Writer::queued() const { return implementation_->pool_->queue_size(); }
std::uint64_t Writer::overrun() const { return implementation_->pool_->overrun_counter(); }
std::uint64_t Writer::failed_lines() const { return implementation_->sink_->failed_lines(); }
void Writer::flush() { implementation_->flush(); }
Result<void> Writer::reopen() { return implementation_->sink_->reopen(); }

}  // namespace sovereign::telemetry
