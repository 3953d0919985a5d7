#include "registry/compat/web_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/encoding.hpp"
#include "registry/compat/web_host.hpp"

namespace sovereign::registry {
namespace {

// What each part escapes beside controls and all that is not ASCII.
constexpr std::string_view kFragmentSet = " \"<>`";
constexpr std::string_view kQuerySet = " \"#<>'";
constexpr std::string_view kPathSet = " \"#<>?`{}";
constexpr std::string_view kUserSet = " \"#<>?`{}/:;=@[\\]^|";

std::string encode(std::string_view text, std::string_view set) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x1f || byte >= 0x7f || set.find(c) != set.npos) {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr bool is_scheme_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// Without controls and spaces around it, and without tabs and line breaks anywhere.
std::string cleaned(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  std::string out(text);
  std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  return out;
}

/// Takes the scheme and its colon off `rest`; empty when there is none.
std::string take_scheme(std::string_view& rest) {
  const auto colon = rest.find(':');
  if (colon == rest.npos || colon == 0 || !is_letter(rest.front())) return {};
  const auto scheme = rest.substr(0, colon);
  if (!std::ranges::all_of(scheme, is_scheme_character)) return {};
  rest.remove_prefix(colon + 1);
  return base::to_lower_ascii(scheme);
}

std::string encode_user(std::string_view text) {
  const auto colon = std::min(text.find(':'), text.size());
  auto user = encode(text.substr(0, colon), kUserSet);
  const auto password = encode(text.substr(std::min(colon + 1, text.size())), kUserSet);
  if (!password.empty()) user += ':' + password;
  return user;
}

std::expected<std::optional<std::uint16_t>, UrlFault> parse_port(std::string_view text,
                                                                 std::string_view scheme) {
  if (text.empty()) return std::nullopt;
  std::uint32_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port > 65535) {
    return std::unexpected(UrlFault::invalid_port);
  }
  if (port == (scheme == "https" ? 443U : 80U)) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::expected<void, UrlFault> read_authority(WebUrl& url, std::string_view authority) {
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    url.user = encode_user(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  // In brackets a colon is part of the address.
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  const auto host_text = authority.substr(0, colon);
  if (host_text.empty()) return std::unexpected(UrlFault::empty_host);
  auto host = parse_web_host(host_text);
  if (!host) return std::unexpected(host.error());
  url.host = std::move(*host);
  if (colon == authority.npos) return {};
  const auto port = parse_port(authority.substr(colon + 1), url.scheme);
  if (!port) return std::unexpected(port.error());
  url.port = *port;
  return {};
}

bool is_dot(std::string_view segment) {
  return segment == "." || base::to_lower_ascii(segment) == "%2e";
}

bool is_double_dot(std::string_view segment) {
  const auto lower = base::to_lower_ascii(segment);
  return lower == ".." || lower == ".%2e" || lower == "%2e." || lower == "%2e%2e";
}

/// The path with its dots resolved; backslashes count as slashes.
std::string normalised_path(std::string_view text) {
  std::vector<std::string> segments;
  if (!text.empty()) text.remove_prefix(1);
  while (true) {
    const auto end = std::min(text.find_first_of("/\\"), text.size());
    const auto segment = text.substr(0, end);
    const bool is_last = end == text.size();
    if (is_double_dot(segment)) {
      if (!segments.empty()) segments.pop_back();
      if (is_last) segments.emplace_back();
    } else if (!is_dot(segment)) {
      segments.push_back(encode(segment, kPathSet));
    } else if (is_last) {
      segments.emplace_back();
    }
    if (is_last) break;
    text.remove_prefix(end + 1);
  }
  std::string path;
  for (const auto& segment : segments) path += '/' + segment;
  return path;
}

}  // namespace

std::string_view to_string(UrlFault fault) {
  switch (fault) {
    case UrlFault::empty: return "input is empty";
    case UrlFault::relative: return "relative URL without a base";
    case UrlFault::empty_host: return "empty host";
    case UrlFault::invalid_host: return "invalid domain name";
    case UrlFault::invalid_ipv4: return "invalid IPv4 address";
    case UrlFault::invalid_ipv6: return "invalid IPv6 address";
    case UrlFault::invalid_port: return "invalid port number";
  }
  return "invalid URL";
}

std::string WebUrl::to_string() const {
  std::string text = scheme + "://";
  if (!user.empty()) text += user + '@';
  text += host;
  if (port) text += ':' + std::to_string(*port);
  text += path;
  if (query) text += '?' + *query;
  if (fragment) text += '#' + *fragment;
  return text;
}

std::expected<WebUrl, UrlFault> parse_web_url(std::string_view text) {
  const auto input = cleaned(text);
  if (input.empty()) return std::unexpected(UrlFault::empty);
  std::string_view rest = input;
  WebUrl url{.scheme = take_scheme(rest)};
  if (url.scheme.empty()) return std::unexpected(UrlFault::relative);
  if (!url.is_http()) return url;
  if (const auto hash = rest.find('#'); hash != rest.npos) {
    url.fragment = encode(rest.substr(hash + 1), kFragmentSet);
    rest = rest.substr(0, hash);
  }
  // One slash, none or three: all mean that the host follows.
  rest.remove_prefix(std::min(rest.find_first_not_of("/\\"), rest.size()));
  if (const auto mark = rest.find('?'); mark != rest.npos) {
    url.query = encode(rest.substr(mark + 1), kQuerySet);
    rest = rest.substr(0, mark);
  }
  const auto authority_end = std::min(rest.find_first_of("/\\"), rest.size());
  if (auto read = read_authority(url, rest.substr(0, authority_end)); !read) {
    return std::unexpected(read.error());
  }
  url.path = normalised_path(rest.substr(authority_end));
  return url;
}

}  // namespace sovereign::registry
