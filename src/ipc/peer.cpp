#include "ipc/peer.hpp"

#include <sys/socket.h>

namespace sovereign::ipc {
namespace {

constexpr int kPeerPidfd = 77;  // SO_PEERPIDFD, newer than this system's headers.

}  // namespace

std::optional<Peer> peer_of(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
  if (credentials.pid <= 0) return std::nullopt;
  Peer peer{.pid = credentials.pid, .uid = credentials.uid, .pidfd = {}};
  int pidfd = -1;
  size = sizeof pidfd;
  if (::getsockopt(socket, SOL_SOCKET, kPeerPidfd, &pidfd, &size) == 0) {
    peer.pidfd = base::FileDescriptor(pidfd);
  }
  return peer;
}

}  // namespace sovereign::ipc
