// Which addresses belong to the public internet: what a stranger may make this server talk to.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <string_view>

namespace sovereign::http {

/// False for every special-purpose block of the IANA registries (RFC 6890): unspecified, loopback,
/// private, link-local, shared (carrier NAT), documentation, benchmarking, multicast, reserved;
/// for IPv6 also whatever carries an IPv4 address inside (mapped, NAT64, 6to4, Teredo).
bool is_public_address(const boost::asio::ip::address& address);

/// False for a URL's host that cannot be public whatever the DNS says: an address that is not (an
/// IPv6 one with its brackets), or localhost (RFC 6761). For early, clear answers: what counts is
/// the address really connected to.
bool may_be_public_host(std::string_view lower_case_host);

}  // namespace sovereign::http
