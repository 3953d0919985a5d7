#include "cache/redis_url.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.hpp"

namespace sovereign::cache {
namespace {

constexpr int kMaxDatabase = 1023;
constexpr std::size_t kMaxSocketPath = 107;

Failure malformed(std::string wanted) {
  return base::fail(ErrorCode::malformed, std::move(wanted));
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes what is before `separator` off `text`; all of it when there is none.
std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const auto before = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return before;
}

Result<void> read_transport(std::string_view& rest, RedisUrl& url) {
  constexpr std::pair<std::string_view, RedisTransport> kSchemes[] = {
      {"redis://", RedisTransport::tcp},
      {"rediss://", RedisTransport::tls},
      {"unix://", RedisTransport::unix_socket}};
  for (const auto& [scheme, transport] : kSchemes) {
    if (!rest.starts_with(scheme)) continue;
    url.transport = transport;
    rest.remove_prefix(scheme.size());
    return {};
  }
  return malformed("must begin with redis://, rediss:// (TLS) or unix://");
}

Result<void> read_credentials(std::string_view& rest, RedisUrl& url) {
  const auto at = rest.rfind('@');
  if (at == rest.npos) return {};
  std::string_view credentials = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const auto username = base::percent_decode(take_until(credentials, ':'));
  const auto password = base::percent_decode(credentials);
  if (!username || !password)
    return malformed("has a % in its user or password that is not written as %25");
  if (password->empty() && !username->empty())
    return malformed("names a user without a password; a password alone is :password@");
  url.username = *username;
  url.password = *password;
  return {};
}

Result<void> read_parameter(std::string_view parameter, RedisUrl& url) {
  const auto name = take_until(parameter, '=');
  if (name == "db" && url.transport == RedisTransport::unix_socket) {
    const auto database = parse_number<int>(parameter);
    if (!database || *database < 0 || *database > kMaxDatabase)
      return malformed("has a db that is not a number from 0 to 1023");
    url.database = *database;
    return {};
  }
  if (name == "ssl_ca_certs" && url.transport == RedisTransport::tls) {
    const auto path = base::percent_decode(parameter);
    if (!path || !path->starts_with('/')) return malformed("needs a full path as ssl_ca_certs");
    url.ca_file = *path;
    return {};
  }
  return malformed("has a parameter that is not known here (rediss: ssl_ca_certs; unix: db)");
}

Result<void> read_nodes(std::string_view authority, RedisUrl& url) {
  while (!authority.empty()) {
    const auto node = parse_redis_node(take_until(authority, ','));
    if (!node) return malformed("must name its servers as host or host:port, with commas between");
    url.nodes.push_back(*node);
  }
  if (url.nodes.empty()) return malformed("names no server");
  return {};
}

Result<void> read_place(std::string_view rest, RedisUrl& url) {
  if (url.transport == RedisTransport::unix_socket) {
    const auto path = base::percent_decode(rest);
    if (!path || !path->starts_with('/') || path->size() > kMaxSocketPath)
      return malformed("needs the full path of a socket, at most 107 bytes");
    url.socket_path = *path;
    return {};
  }
  if (auto read = read_nodes(take_until(rest, '/'), url); !read) return read;
  if (rest.empty()) return {};
  const auto database = parse_number<int>(rest);
  if (!database || *database < 0 || *database > kMaxDatabase)
    return malformed("has a database that is not a number from 0 to 1023");
  url.database = *database;
  return {};
}

}  // namespace

std::optional<RedisNode> parse_redis_node(std::string_view text) {
  RedisNode node;
  const auto colon = text.rfind(':');
  const bool has_port = colon != text.npos && text.find(']', colon) == text.npos;
  if (has_port) {
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port || *port == 0) return std::nullopt;
    node.port = *port;
    text = text.substr(0, colon);
  }
  const bool is_bracketed = text.starts_with('[') && text.ends_with(']');
  if (is_bracketed) text = text.substr(1, text.size() - 2);
  constexpr std::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  if (text.empty() || text.size() > 255) return std::nullopt;
  const auto allowed =
      is_bracketed ? std::string_view("0123456789abcdefABCDEF:.%") : kNameCharacters;
  if (text.find_first_not_of(allowed) != text.npos) return std::nullopt;
  node.host = text;
  return node;
}

Result<RedisUrl> parse_redis_url(std::string_view text) {
  RedisUrl url;
  if (auto read = read_transport(text, url); !read) return Failure(read.error());
  if (auto read = read_credentials(text, url); !read) return Failure(read.error());
  const auto place = take_until(text, '?');
  if (auto read = read_place(place, url); !read) return Failure(read.error());
  while (!text.empty()) {
    if (auto read = read_parameter(take_until(text, '&'), url); !read) return Failure(read.error());
  }
  return url;
}

}  // namespace sovereign::cache
