// Cookies, strictly (RFC 6265 section 4.1.1): reading one of ours, and setting it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sovereign::http {

/// The value of the cookie `name` in a Cookie header; nullopt when it is absent, not well-formed,
/// or there twice: cookies know no port, so another local server may have planted one of the same
/// name, and which of the two is ours cannot be told. Malformed cookies of others are ignored.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

/// Always HttpOnly, SameSite=Strict and Path=/.
struct SetCookie {
  std::string_view name;
  std::string_view value;        ///< Cookie octets only: base64url and the like.
  std::chrono::seconds max_age;  ///< Zero or less: the cookie is to be forgotten.
  /// Browsers send such a cookie over TLS only, so not over plain http on loopback.
  enum class Transport { any, tls_only } transport = Transport::any;
};

/// The value of a Set-Cookie header.
std::string to_header(const SetCookie& cookie);

}  // namespace sovereign::http
