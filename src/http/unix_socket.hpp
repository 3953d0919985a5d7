// A Unix-domain socket to listen on, and the file that names it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "base/error.hpp"
#include "http/request.hpp"

namespace sovereign::http {

/// Owns the file from bind() on: it is removed by remove() or the destructor, unless another
/// program has put its own there since.
class UnixSocketFile {
 public:
  UnixSocketFile(UnixSocketFile&& other) noexcept;
  UnixSocketFile& operator=(UnixSocketFile&&) = delete;
  ~UnixSocketFile();

  /// A listening, non-blocking, close-on-exec socket. A socket file that nobody answers on is
  /// replaced. Errors: `unprocessable` (longer than the 107 bytes the system takes), `conflict`
  /// (somebody answers on it, or it is no socket), `unavailable` (the system says no).
  static Result<UnixSocketFile> bind(const std::filesystem::path& path, mode_t mode);

  /// The listening socket, which is the caller's now.
  int release_descriptor();
  void remove();

 private:
  UnixSocketFile(std::filesystem::path path, int descriptor)
      : path_(std::move(path)), descriptor_(descriptor) {}

  std::filesystem::path path_;
  int descriptor_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;  ///< 0: no file of ours.
};

/// Who connected this socket; nullopt when it is no Unix-domain socket.
std::optional<LocalPeer> peer_of(int socket);

}  // namespace sovereign::http
