// Which addresses belong to the public internet: what a stranger may make this server talk to.
#pragma once

#include <boost/asio/ip/address.hpp>

namespace sovereign::http {

/// False for every special-purpose block of the IANA registries (RFC 6890): unspecified, loopback,
/// private, link-local, shared (carrier NAT), documentation, benchmarking, multicast, reserved;
/// for IPv6 also whatever carries an IPv4 address inside (mapped, NAT64, 6to4, Teredo).
bool is_public_address(const boost::asio::ip::address& address);

}  // namespace sovereign::http
