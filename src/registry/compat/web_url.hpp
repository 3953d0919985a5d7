// URLs as web browsers and the validators of existing clients read them: the WHATWG URL Standard
// for http and https (https://url.spec.whatwg.org/), which forgives what RFC 3986 does not, and
// writes every URL in one way. Of other schemes only the name is read: nothing here accepts them.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sovereign::registry {

/// Why a text is no URL.
enum class UrlFault : std::uint8_t {
  empty,
  relative,
  empty_host,
  invalid_host,
  invalid_ipv4,
  invalid_ipv6,
  invalid_port,
};
/// As existing clients word it: "empty host".
std::string_view to_string(UrlFault fault);

/// A URL in its parts, each percent-encoded and ready to print.
struct WebUrl {
  std::string scheme;                 ///< Lower case. When not http or https, all else is empty.
  std::string user;                   ///< "name" or "name:password"; may be empty.
  std::string host;                   ///< ASCII (IDNA), lower case; IPv6 in brackets.
  std::optional<std::uint16_t> port;  ///< Absent when it is the scheme's own.
  std::string path;                   ///< Begins with '/'.
  std::optional<std::string> query;
  std::optional<std::string> fragment;

  bool is_http() const { return scheme == "http" || scheme == "https"; }
  /// The URL as text, for http and https. Parsing it again gives the same.
  std::string to_string() const;
};

/// Reads UTF-8 `text`.
std::expected<WebUrl, UrlFault> parse_web_url(std::string_view text);

}  // namespace sovereign::registry
