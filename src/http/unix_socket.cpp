#include "http/unix_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace sovereign::http {
namespace {

namespace fs = std::filesystem;

Failure refuse(ErrorCode code, const fs::path& path, std::string_view what) {
  return base::fail(code, fmt::format("Cannot listen on {}: {}.", path.string(), what));
}

Failure refuse_errno(const fs::path& path) {
  return refuse(ErrorCode::unavailable, path, std::strerror(errno));
}

sockaddr_un address_of(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

int make_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

/// Whether a program listens behind the file; a full backlog counts.
bool is_answered(const sockaddr_un& address) {
  const int probe = make_socket();
  if (probe < 0) return true;  // Not known: better no start than two servers.
  const int outcome = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int reason = errno;
  ::close(probe);
  return outcome == 0 || (reason != ECONNREFUSED && reason != ENOENT);
}

/// Makes way for a new socket: removes what an earlier program left behind.
Result<void> clear(const fs::path& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return refuse_errno(path);
  }
  if (!S_ISSOCK(status.st_mode)) {
    return refuse(ErrorCode::conflict, path, "there is a file that is not a socket");
  }
  if (is_answered(address)) {
    return refuse(ErrorCode::conflict, path, "another program answers there; stop it first");
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return refuse_errno(path);
  return {};
}

}  // namespace

UnixSocketFile::UnixSocketFile(UnixSocketFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      device_(other.device_),
      inode_(std::exchange(other.inode_, 0)) {}

UnixSocketFile::~UnixSocketFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  remove();
}

Result<UnixSocketFile> UnixSocketFile::bind(const fs::path& path, mode_t mode) {
  if (path.empty() || path.native().size() >= sizeof(sockaddr_un::sun_path)) {
    return refuse(ErrorCode::unprocessable, path, "the path must have 1 to 107 bytes");
  }
  const auto address = address_of(path);
  if (auto cleared = clear(path, address); !cleared) return Failure(std::move(cleared.error()));
  UnixSocketFile file(path, make_socket());
  if (file.descriptor_ < 0) return refuse_errno(path);
  // The file takes the socket's own mode, less the umask, so it is never open to more than `mode`.
  if (::fchmod(file.descriptor_, mode) != 0 ||
      ::bind(file.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return refuse_errno(path);
  }
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return refuse_errno(path);
  file.device_ = status.st_dev;
  file.inode_ = status.st_ino;
  if ((status.st_mode & 07777) != mode && ::chmod(path.c_str(), mode) != 0) {
    return refuse_errno(path);
  }
  if (::listen(file.descriptor_, SOMAXCONN) != 0) return refuse_errno(path);
  return file;
}

int UnixSocketFile::release_descriptor() { return std::exchange(descriptor_, -1); }

void UnixSocketFile::remove() {
  struct stat status{};
  const bool is_ours = inode_ != 0 && ::lstat(path_.c_str(), &status) == 0 &&
                       status.st_dev == device_ && status.st_ino == inode_;
  if (is_ours) ::unlink(path_.c_str());
  inode_ = 0;
}

std::optional<LocalPeer> peer_of(int socket) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
    return std::nullopt;
  }
  return LocalPeer{.uid = credentials.uid, .pid = credentials.pid};
}

}  // namespace sovereign::http
