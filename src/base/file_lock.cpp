#include "base/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace sovereign::base {
namespace {

std::string holder_of(int descriptor) {
  std::array<char, 32> text{};
  const auto count = ::pread(descriptor, text.data(), text.size() - 1, 0);
  std::string pid(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  while (pid.ends_with('\n')) pid.pop_back();
  return pid.empty() ? "another process" : "process " + pid;
}

Failure unavailable(const std::filesystem::path& file) {
  return fail(ErrorCode::unavailable,
              fmt::format("{} cannot be opened: {}.", file.native(), std::strerror(errno)));
}

}  // namespace

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
  FileDescriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (descriptor.get() < 0) return unavailable(file);
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorCode::conflict, holder_of(descriptor.get()));
  }
  const auto pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor.get(), 0) != 0 ||
      ::pwrite(descriptor.get(), pid.data(), pid.size(), 0) < 0) {
    return unavailable(file);
  }
  return FileLock(std::move(descriptor));
}

}  // namespace sovereign::base
