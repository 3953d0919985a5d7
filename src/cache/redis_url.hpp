// Where Redis is, as a URL says it:
// redis://[[user]:password@]host[:port][,host[:port]...][/database], rediss:// for TLS,
// unix://[[user]:password@]/path/of/socket[?db=N]. With rediss, ?ssl_ca_certs=/path names a file of
// certificates to trust instead of the system's.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace sovereign::cache {

/// A server that listens on TCP.
struct RedisNode {
  std::string host;  ///< A name, or an address without brackets.
  std::uint16_t port = 6379;

  auto operator<=>(const RedisNode&) const = default;
};

enum class RedisTransport : std::uint8_t { tcp, tls, unix_socket };

struct RedisUrl {
  RedisTransport transport = RedisTransport::tcp;
  std::vector<RedisNode> nodes;  ///< Tried in turn; any of a cluster leads to the others.
  std::string socket_path;       ///< Instead of nodes, with unix_socket.
  std::string username;          ///< Empty: Redis' default user.
  std::string password;          ///< Empty: none is sent.
  int database = 0;              ///< A cluster has only 0.
  std::string ca_file;           ///< Empty: what the system trusts.
};

/// Error: malformed, with a detail that says what is wanted and never quotes the URL.
Result<RedisUrl> parse_redis_url(std::string_view url);

/// "host:port", with brackets around an IPv6 address; nullopt when it is not that.
std::optional<RedisNode> parse_redis_node(std::string_view text);

}  // namespace sovereign::cache
