// One stream of bytes to a Redis server: TCP, TLS over it, or a Unix-domain socket.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "cache/redis_url.hpp"

namespace sovereign::cache {

namespace asio = boost::asio;

/// Trusts `ca_file`, or what the system trusts when it is empty; TLS 1.2 and newer. Error:
/// malformed (the file cannot be read).
Result<std::unique_ptr<asio::ssl::context>> make_tls_context(const std::string& ca_file);

/// For the thread of its loop only. Errors of all: unavailable, with the reason as context.
class RedisSocket {
 public:
  /// `tls` is null without TLS. Both must outlive this.
  RedisSocket(asio::io_context& loop, asio::ssl::context* tls);

  /// Resolves, connects, and makes sure with TLS that the server is `node.host`.
  Task<void> connect(const RedisNode& node);
  Task<void> connect(const std::string& socket_path);

  /// What came, valid until the next call.
  Task<std::string_view> read();
  /// `bytes` must live until the end of it. One at a time.
  Task<void> write(std::string_view bytes);

  /// Ends what is under way, with an error.
  void close();

 private:
  using Socket = asio::generic::stream_protocol::socket;

  Task<void> shake_hands(const std::string& host);

  asio::ip::tcp::resolver resolver_;
  Socket socket_;
  asio::ssl::context* const tls_context_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  bool is_closed_ = false;
  std::array<char, 16 * 1024> buffer_;
};

}  // namespace sovereign::cache
