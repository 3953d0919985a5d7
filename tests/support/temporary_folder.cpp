#include "support/temporary_folder.hpp"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>

namespace sovereign::support {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "sovereign-";

/// Whether the process that made "sovereign-<purpose>-<process id>-XXXXXX" is gone.
bool is_left_behind(std::string_view name) {
  const std::size_t suffix = name.rfind('-');
  if (!name.starts_with(kPrefix) || suffix == std::string_view::npos) return false;
  const std::size_t number = name.rfind('-', suffix - 1) + 1;
  pid_t process = 0;
  const auto [end, error] = std::from_chars(name.data() + number, name.data() + suffix, process);
  if (error != std::errc{} || end != name.data() + suffix || process <= 0) return false;
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

void remove_left_behind(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (is_left_behind(entry.path().filename().string())) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder(std::string_view purpose) {
  const fs::path parent = fs::temp_directory_path();
  remove_left_behind(parent);
  std::string pattern =
      (parent / fmt::format("{}{}-{}-XXXXXX", kPrefix, purpose, ::getpid())).string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp " + pattern);
  }
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace sovereign::support
