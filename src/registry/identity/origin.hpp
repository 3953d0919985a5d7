// The origin of an agent's endpoint (RFC 6454): whoever serves one path of it is taken to hold it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sovereign::registry {

struct Origin {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< In lower case; an IPv6 address with its brackets.
  int port = 0;

  /// "https://api.example.org", with the port unless it is the scheme's own.
  std::string to_string() const;
  /// False for IPv4 and IPv6 addresses, which have no place in the DNS.
  bool is_named() const;

  bool operator==(const Origin&) const = default;
};

/// Of an absolute http or https URL without user information; nullopt for anything else.
std::optional<Origin> origin_of(std::string_view url);

}  // namespace sovereign::registry
