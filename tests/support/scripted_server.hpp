// A server whose every connection follows a script, for what no well-behaved server does: close
// early, send slowly, send too much; in the clear or behind TLS.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sovereign::support {

/// One accepted connection; errors are exceptions, which end its script.
class ScriptedConnection {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  ScriptedConnection(Socket socket, boost::asio::ssl::context* tls, int number);

  /// From 1, in order of arrival.
  int number() const { return number_; }
  boost::asio::awaitable<void> shake_hands();
  /// Head and body (by Content-Length) of the next request.
  boost::asio::awaitable<std::string> read_request();
  boost::asio::awaitable<void> write(std::string_view bytes);
  /// Until the other side closes.
  boost::asio::awaitable<void> wait_closed();

 private:
  boost::asio::awaitable<std::size_t> read_some();

  Socket socket_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  int number_;
  std::string held_;
};

class ScriptedServer {
 public:
  using Script = std::function<boost::asio::awaitable<void>(ScriptedConnection& connection)>;

  struct Tls {
    std::string certificate_file;
    std::string key_file;
  };

  /// Serves on a thread of its own until it is destroyed; `script` runs there. A script's end
  /// closes the connection.
  explicit ScriptedServer(Script script, std::optional<Tls> tls = std::nullopt);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const;
  std::string url(std::string_view path) const;
  int connections() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

/// A 200 answer with this body and its length.
std::string ok_response(std::string_view body);

}  // namespace sovereign::support
