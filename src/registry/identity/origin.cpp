#include "registry/identity/origin.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

constexpr int kHttpPort = 80;
constexpr int kHttpsPort = 443;

int default_port(std::string_view scheme) { return scheme == "https" ? kHttpsPort : kHttpPort; }

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || stop != end || port < 1 || port > 65535) return std::nullopt;
  return port;
}

/// Where the host ends in "host:port" or "[address]:port".
std::size_t host_size(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    return close == authority.npos ? 0 : close + 1;
  }
  return std::min(authority.find(':'), authority.size());
}

}  // namespace

std::string Origin::to_string() const {
  if (port == default_port(scheme)) return scheme + "://" + host;
  return fmt::format("{}://{}:{}", scheme, host, port);
}

bool Origin::is_named() const {
  if (host.starts_with('[')) return false;
  // No top-level domain is a number (RFC 3696 section 2), so this is an IPv4 address in some form.
  const auto last_label = host.substr(host.find_last_of('.') + 1);
  return last_label.find_first_not_of("0123456789") != last_label.npos;
}

std::optional<Origin> origin_of(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == url.npos) return std::nullopt;
  Origin origin{.scheme = base::to_lower_ascii(url.substr(0, colon))};
  if (origin.scheme != "http" && origin.scheme != "https") return std::nullopt;
  url.remove_prefix(colon + 3);
  const auto authority = url.substr(0, url.find_first_of("/?#\\"));
  if (authority.find('@') != authority.npos) return std::nullopt;
  const auto size = host_size(authority);
  if (size == 0) return std::nullopt;
  origin.host = base::to_lower_ascii(authority.substr(0, size));
  origin.port = default_port(origin.scheme);
  const auto rest = authority.substr(size);
  if (rest.empty() || rest == ":") return origin;
  const auto port = rest.front() == ':' ? parse_port(rest.substr(1)) : std::nullopt;
  if (!port) return std::nullopt;
  origin.port = *port;
  return origin;
}

}  // namespace sovereign::registry
