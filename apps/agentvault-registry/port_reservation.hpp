// Knows the port before the server binds it: answers that name this registry's URL are rendered
// while the catalog loads.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "settings.hpp"

namespace sovereign::registry_app {

/// Holds a bound socket, not listening, that shares its port with the server's (SO_REUSEPORT).
class PortReservation {
 public:
  /// With port 0 the system picks a free one. Error: `unavailable`, when the address cannot be
  /// bound.
  static Result<PortReservation> reserve(const Listen& listen);
  PortReservation(PortReservation&& other) noexcept;
  PortReservation& operator=(PortReservation&&) = delete;
  ~PortReservation();

  std::uint16_t port() const { return port_; }

 private:
  PortReservation(int socket, std::uint16_t port) : socket_(socket), port_(port) {}
  int socket_;
  std::uint16_t port_;
};

/// "http://127.0.0.1:8000"; an address for all interfaces is shown as localhost.
std::string http_url(const Listen& listen);

}  // namespace sovereign::registry_app
