#include "registry/agents/field_rules.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const auto dot = part < 3 ? text.find('.') : text.size();
    if (dot == text.npos || dot == 0 || dot > 3) return false;
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + dot, value);
    if (error != std::errc{} || end != text.data() + dot || value > 255) return false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return text.empty();
}

/// RFC 4291 section 2.2: eight groups, one run of zeros as "::", the last two maybe as IPv4.
bool is_ipv6(std::string_view text) {
  std::size_t groups = 0;
  bool compressed = false;
  if (text.starts_with("::")) {
    compressed = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    if (text.find('.') != text.npos && text.find(':') == text.npos) {
      if (!is_ipv4(text)) return false;
      groups += 2;
      break;
    }
    const auto length = std::min(text.find(':'), text.size());
    if (length == 0 || length > 4 || !std::ranges::all_of(text.substr(0, length), is_hex)) {
      return false;
    }
    ++groups;
    text.remove_prefix(length);
    if (text.empty()) break;
    if (text.starts_with("::")) {
      if (compressed) return false;
      compressed = true;
      text.remove_prefix(2);
    } else {
      text.remove_prefix(1);
      if (text.empty()) return false;
    }
  }
  return compressed ? groups < 8 : groups == 8;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label,
                             [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

bool is_host_name(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > 253) return false;
  // A last label of digits only would be read as an IPv4 address (WHATWG URL).
  const auto last = host.substr(host.rfind('.') + 1);
  if (std::ranges::all_of(last, is_digit)) return is_ipv4(host);
  while (true) {
    const auto dot = host.find('.');
    if (!is_label(host.substr(0, dot))) return false;
    if (dot == host.npos) return true;
    host.remove_prefix(dot + 1);
  }
}

bool is_port(std::string_view text) {
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_authority(std::string_view authority) {
  std::string_view host = authority;
  std::string_view rest;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == authority.npos || !is_ipv6(authority.substr(1, close - 1))) return false;
    rest = authority.substr(close + 1);
  } else {
    host = authority.substr(0, authority.find(':'));
    rest = authority.substr(host.size());
    if (!is_host_name(host)) return false;
  }
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

/// Path and query: the characters of RFC 3986 section 3.3 and 3.4, escapes whole. The query may
/// also hold what publishers mark places to fill in with (?key=<TOKEN>), as URL parsers of browsers
/// allow.
bool is_path_and_query(std::string_view text) {
  constexpr std::string_view kAllowed = "-._~!$&'()*+,;=:@/?";
  constexpr std::string_view kAllowedInQuery = "<>{}[]|";
  bool in_query = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      i += 2;
    } else if (!is_alphanumeric(text[i]) && kAllowed.find(text[i]) == kAllowed.npos &&
               !(in_query && kAllowedInQuery.find(text[i]) != kAllowedInQuery.npos)) {
      return false;
    }
    in_query = in_query || text[i] == '?';
  }
  return true;
}

/// The code point at `text[at]`, which is well-formed UTF-8; moves `at` behind it.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  char32_t point = first & (0x3f >> more);
  for (int i = 0; i < more && at < text.size(); ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3f);
  }
  return point;
}

/// Line and paragraph breaks, controls, and what reorders or hides the text around it.
constexpr bool can_deceive(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f && c != 0x200d) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

constexpr bool is_space(char32_t c) {
  return c == ' ' || c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x3000;
}

}  // namespace

bool is_http_url(std::string_view text) {
  if (text.size() > kMaxUrl) return false;
  const auto scheme_end = text.find("://");
  if (scheme_end == text.npos) return false;
  const auto scheme = base::to_lower_ascii(text.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return false;
  text.remove_prefix(scheme_end + 3);
  const auto authority = text.substr(0, text.find_first_of("/?"));
  return is_authority(authority) && is_path_and_query(text.substr(authority.size()));
}

bool is_plain_text(std::string_view text) {
  bool visible = false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = next_code_point(text, at);
    if (can_deceive(point)) return false;
    visible = visible || !is_space(point);
  }
  return visible;
}

bool is_human_readable_id(std::string_view text) {
  constexpr std::string_view kMarks = "._~@+-";
  if (text.empty() || !is_alphanumeric(text.front()) || std::ranges::count(text, '/') > 1) {
    return false;
  }
  return std::ranges::all_of(text, [&](char c) {
    return is_alphanumeric(c) || c == '/' || kMarks.find(c) != kMarks.npos;
  });
}

}  // namespace sovereign::registry
