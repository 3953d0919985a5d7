// An HTTP/1.1 server: one event loop a core, each with its own listening socket (SO_REUSEPORT).
// Speaks RFC 9112 strictly: what could be read two ways is refused and the connection closed.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "http/application.hpp"

namespace sovereign::http {

/// What one client may take. Each is enforced; a breach is answered as far as the protocol allows.
struct ServerLimits {
  std::size_t header_bytes = 16 * 1024;  ///< Request line and headers; 431.
  std::size_t header_count = 100;        ///< 431.
  std::size_t body_bytes = 1024 * 1024;  ///< Decoded; 413.
  std::size_t connections = 10'000;      ///< Over all loops; more are answered 503 and closed.
  std::size_t connections_per_address = 1'000;  ///< 503 too; IPv6 by /64, loopback exempt.
  std::size_t requests_per_connection = 100'000;
  std::chrono::milliseconds header_timeout{10'000};  ///< First byte to end of headers; 408. Also
                                                     ///< the wait for the first request.
  std::chrono::milliseconds body_timeout{30'000};    ///< For a whole body; 408.
  /// A streamed body has body_timeout and as long as it takes at this rate, not counting the time
  /// in which nobody reads it; 408.
  std::uint64_t streamed_bytes_per_second = 16 * 1024;
  std::chrono::milliseconds idle_timeout{75'000};     ///< Between requests; closed silently.
  std::chrono::milliseconds handler_timeout{30'000};  ///< Request::deadline; 503.
  std::chrono::milliseconds write_timeout{30'000};    ///< Without progress; closed.
};

/// A Unix-domain socket to listen on beside TCP. Its connections carry Request::peer, and count in
/// the total of connections only.
struct UnixSocketOptions {
  std::filesystem::path path;  ///< At most 107 bytes; its folder exists.
  mode_t mode = 0600;          ///< From the file's first moment, never wider.
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8000;  ///< 0: any free one, see Server::port().
  /// Served by the first loop. A socket file that nobody answers on is replaced; ours is removed
  /// when the server stops.
  std::optional<UnixSocketOptions> unix_socket = std::nullopt;
  std::size_t loops = 0;  ///< 0: one a core.
  ServerLimits limits;
  /// Smallest body of a text or JSON type that is gzipped for who accepts it. A gzipped answer's
  /// strong tag "x" is sent as "x-gzip"; names_etag() in http/etag.hpp takes both for "x".
  std::size_t compress_from = 1024;
  std::string server_product;  ///< For the Server header, "name/1.0"; empty: none is sent.
};

struct ServerStatus {
  std::size_t open_connections = 0;
  std::uint64_t accepted_connections = 0;
  std::uint64_t refused_connections = 0;  ///< Over a connection limit.
};

class Server {
 public:
  /// `application` must outlive the server.
  Server(ServerOptions options, Application& application);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds and starts the loops; nothing is accepted yet, so that what lives on the loops can be
  /// made and started first. Error: `unavailable`, naming the address or the socket file and what
  /// to do; `conflict` when another program answers on the socket file.
  Result<void> listen();
  /// Accepts; listens first unless that was done.
  Result<void> start();

  /// The port that is bound.
  std::uint16_t port() const;

  /// Executors of the loops, for background coroutines; valid from listen() to stop().
  std::vector<boost::asio::any_io_executor> executors();

  /// Stops accepting, ends endless streams, lets what is in flight finish (answers carry
  /// Connection: close), closes the rest after `drain`, joins. Returns whether everything finished
  /// in time. Coroutines that are still suspended then are destroyed with the server: what may
  /// resume them from another thread (a worker pool) must be stopped between stop() and the
  /// destructor.
  bool stop(std::chrono::milliseconds drain);

  /// Stops, and destroys the coroutines that are suspended on the loops: for a program whose
  /// coroutines know parts that end before the server does. The loops themselves stay until the
  /// server ends, for timers and sockets of those parts.
  void clear();

  ServerStatus status() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sovereign::http
