// Who is at the other end of a local socket, as the kernel vouches for it (unix(7)).
#pragma once

#include <sys/types.h>

#include <optional>

#include "base/file_descriptor.hpp"

namespace sovereign::ipc {

/// Of the process that connected, at the time it did.
struct Peer {
  pid_t pid = 0;
  uid_t uid = 0;
  /// Tells whether that process still lives, so that a reused pid is noticed. Empty on kernels
  /// before 6.5.
  base::FileDescriptor pidfd;
};

/// nullopt when the socket is not connected.
std::optional<Peer> peer_of(int socket);

}  // namespace sovereign::ipc
