#include "http/cookie.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace sovereign::http {
namespace {

/// RFC 6265 section 4.1.1: visible ASCII but for the quote, comma, semicolon and backslash.
bool is_cookie_octet(char c) {
  return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

}  // namespace

std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name) {
  std::optional<std::string_view> found;
  while (!header.empty()) {
    const auto end = std::min(header.find(';'), header.size());
    const auto pair = base::trim_ascii(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    const auto equals = pair.find('=');
    if (equals == pair.npos || pair.substr(0, equals) != name) continue;
    if (found) return std::nullopt;
    found = pair.substr(equals + 1);
  }
  if (found && !std::ranges::all_of(*found, is_cookie_octet)) return std::nullopt;
  return found;
}

std::string to_header(const SetCookie& cookie) {
  auto text = fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict", cookie.name,
                          cookie.value, std::max<std::int64_t>(cookie.max_age.count(), 0));
  if (cookie.transport == SetCookie::Transport::tls_only) text += "; Secure";
  return text;
}

}  // namespace sovereign::http
