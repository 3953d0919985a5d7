#include "port_reservation.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sovereign::registry_app {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<Address> make_address(const Listen& listen) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET, listen.address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(listen.port);
    address.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, listen.address.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(listen.port);
    address.size = sizeof v6;
  } else {
    return std::nullopt;
  }
  return address;
}

std::uint16_t bound_port(int socket) {
  Address bound;
  bound.size = sizeof bound.storage;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&bound.storage), &bound.size);
  return ntohs(bound.storage.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6&>(bound.storage).sin6_port
                   : reinterpret_cast<sockaddr_in&>(bound.storage).sin_port);
}

}  // namespace

Result<PortReservation> PortReservation::reserve(const Listen& listen) {
  const auto address = make_address(listen);
  if (!address) {
    return base::fail(
        ErrorCode::unprocessable,
        fmt::format("listen: '{}' is not an IP address of this machine", listen.address));
  }
  const int socket = ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  const bool bound =
      socket >= 0 && ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address->storage), address->size) == 0;
  if (!bound) {
    const int error = errno;
    if (socket >= 0) ::close(socket);
    return base::fail(
        ErrorCode::unavailable,
        fmt::format("cannot listen on {}: {}; choose another address or port with --listen",
                    http_url(listen), std::strerror(error)));
  }
  return PortReservation(socket, bound_port(socket));
}

PortReservation::PortReservation(PortReservation&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), port_(other.port_) {}

PortReservation::~PortReservation() {
  if (socket_ >= 0) ::close(socket_);
}

std::string http_url(const Listen& listen) {
  std::string host = listen.address;
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != std::string::npos) host = '[' + host + ']';
  return fmt::format("http://{}:{}", host, listen.port);
}

}  // namespace sovereign::registry_app
