#include "core/launcher/log_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <system_error>

#include "core/home.hpp"

namespace sovereign::core {
namespace {

namespace fs = std::filesystem;

fs::path rotated(const fs::path& path, std::size_t number) {
  return number == 0 ? path : fs::path(fmt::format("{}.{}", path.native(), number));
}

/// Files of one run share the text before ".log".
std::string run_of(const fs::path& file) {
  const std::string name = file.filename().native();
  return name.substr(0, name.find(".log"));
}

void remove_oldest_runs(const fs::path& folder, std::size_t keep) {
  std::error_code error;
  std::map<std::string, fs::file_time_type> last_written;
  for (const auto& file : fs::directory_iterator(folder, error)) {
    const auto time = file.last_write_time(error);
    auto& latest = last_written.try_emplace(run_of(file.path()), time).first->second;
    latest = std::max(latest, time);
  }
  if (last_written.size() <= keep) return;
  std::vector<std::pair<fs::file_time_type, std::string>> by_age;
  for (const auto& [run, time] : last_written) by_age.emplace_back(time, run);
  std::ranges::sort(by_age);
  by_age.resize(by_age.size() - keep);
  std::vector<fs::path> old;
  for (const auto& file : fs::directory_iterator(folder, error)) {
    const auto is_of = [&](const auto& entry) { return entry.second == run_of(file.path()); };
    if (std::ranges::any_of(by_age, is_of)) old.push_back(file.path());
  }
  for (const auto& path : old) fs::remove(path, error);
}

/// Appends the last lines of `path` to the front of `lines`.
void prepend_lines(const fs::path& path, std::size_t count, std::deque<LogLine>& lines) {
  std::ifstream file(path);
  std::deque<LogLine> read;
  for (std::string text; std::getline(file, text);) {
    if (auto line = parse_line(text)) read.push_back(std::move(*line));
    if (read.size() > count) read.pop_front();
  }
  while (!read.empty() && lines.size() < count) {
    lines.push_front(std::move(read.back()));
    read.pop_back();
  }
}

}  // namespace

Result<std::unique_ptr<LogFile>> LogFile::create(fs::path path, LogFileOptions options) {
  if (auto made = prepare_private_folder(path.parent_path()); !made) {
    return Failure(std::move(made.error()));
  }
  remove_oldest_runs(path.parent_path(), options.runs - 1);
  std::unique_ptr<LogFile> log(new LogFile(std::move(path), options));
  if (auto opened = log->open(); !opened) return Failure(std::move(opened.error()));
  return log;
}

Result<void> LogFile::open() {
  file_ = process::FileDescriptor(::open(
      path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  size_ = 0;
  if (file_) return {};
  return base::fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", path_.native()),
                    std::strerror(errno));
}

void LogFile::rotate() {
  std::error_code ignored;
  for (std::size_t number = options_.files - 1; number > 0; --number) {
    fs::rename(rotated(path_, number - 1), rotated(path_, number), ignored);
  }
}

Result<void> LogFile::append(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  if (!file_ || (size_ > 0 && size_ + text.size() > options_.file_bytes)) {
    if (file_) rotate();
    if (auto opened = open(); !opened) return opened;
  }
  while (!text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return base::fail(ErrorCode::unavailable,
                        fmt::format("{} cannot be written.", path_.native()), std::strerror(errno));
    }
    size_ += static_cast<std::uint64_t>(written);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::vector<LogLine>> read_log(const fs::path& path, std::size_t count) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return base::fail(ErrorCode::not_found, "The log of this run is not kept any more.");
  }
  std::deque<LogLine> lines;
  for (std::size_t number = 0; lines.size() < count && fs::exists(rotated(path, number), error);
       ++number) {
    prepend_lines(rotated(path, number), count, lines);
  }
  return std::vector<LogLine>(std::make_move_iterator(lines.begin()),
                              std::make_move_iterator(lines.end()));
}

}  // namespace sovereign::core
