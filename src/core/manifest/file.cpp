#include "core/manifest/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/manifest/open_beneath.hpp"

namespace sovereign::core {
namespace {

Failure unreadable(std::string_view path, int error) {
  return base::fail(ErrorCode::unavailable, fmt::format("{} cannot be read.", path),
                    std::strerror(error));
}

Failure missing(std::string_view path, std::string_view why) {
  return fail(CoreCode::manifest_missing, fmt::format("{} {}", path, why));
}

Failure open_failure(std::string_view path, int error) {
  if (error == ENOENT || error == ENOTDIR) return missing(path, "is not there.");
  if (error == ELOOP || error == EXDEV) {
    return missing(path, "is reached through a link; links are not followed.");
  }
  return unreadable(path, error);
}

/// Reads up to one byte more than `limit`, so that a file that grows meanwhile is noticed.
Result<std::string> read_all(int fd, std::string_view path, std::size_t limit) {
  std::string bytes(limit + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) {
    return fail(CoreCode::manifest_too_large,
                fmt::format("{} is larger than {} bytes.", path, limit));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

Result<std::string> read_file_beneath(int directory, std::string_view relative, std::size_t limit) {
  const std::string path(relative);
  if (path.find('\0') != std::string::npos) return missing("The file", "has no such name.");
  // O_NONBLOCK: opening a pipe that somebody put there must not wait for a writer.
  const auto file = open_beneath(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
  if (!file) return open_failure(relative, errno);
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return unreadable(relative, errno);
  if (!S_ISREG(status.st_mode)) return missing(relative, "is no regular file.");
  if (std::cmp_greater(status.st_size, limit)) {
    return fail(CoreCode::manifest_too_large,
                fmt::format("{} is larger than {} bytes.", relative, limit));
  }
  return read_all(file.get(), relative, limit);
}

Result<std::string> read_manifest_file(const std::filesystem::path& folder,
                                       std::string_view relative) {
  const process::FileDescriptor directory(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return open_failure(folder.native(), errno);
  return read_file_beneath(directory.get(), relative, kManifestBytes);
}

}  // namespace sovereign::core
