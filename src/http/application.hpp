// What the server calls for each request: the seam between the transport (sockets, framing,
// limits, deadlines) and the routes.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>

#include "http/incoming_body.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace sovereign::http {

/// An answer at once, or a coroutine that ends with one. The hot paths answer at once.
/// The coroutine runs on the connection's loop. It is cancelled (terminal cancellation) when the
/// client closes its side, when Request::deadline passes, and when the server stops; what it still
/// returns after the client closed its side is sent, after the deadline it is dropped. The request
/// lives until the coroutine has ended, however late that is.
using Handling = std::variant<Response, boost::asio::awaitable<Response>>;

/// What became of one request, for the access log and the metrics.
struct Outcome {
  int status = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t response_bytes = 0;  ///< Of the body, as sent (after compression).
  /// From the request's last byte read to the answer's hand-over.
  std::chrono::nanoseconds duration{};
  bool is_stream = false;  ///< It took as long as its body wished: no measure of the server.
};

/// Called on the event loops' threads, several at once; must not block.
class Application {
 public:
  virtual ~Application() = default;

  /// Answers `request`, which lives until the answer is sent. Always answers; an exception, also
  /// out of the coroutine, is our bug and becomes a 500.
  virtual Handling handle(Request& request) = 0;

  /// Whether the body of a request with this head is streamed: handle() is called before it has
  /// arrived then, and reads it from Request::incoming.
  virtual std::optional<StreamedBody> streamed_body(const Request&) const { return std::nullopt; }

  /// The answer to what is not a valid request (400, 408, 413, 414, 431, 501, 505 ...) or comes at
  /// a bad time (503), or failed (500). `request` holds what could be read, possibly nothing; after
  /// a handler's deadline it is the request that its suspended coroutine still sees. The connection
  /// ends after it.
  virtual Response refuse(int status, std::string_view detail, Request& request) = 0;

  /// Once for each answer: after it was handed to the socket, or the client went away (status 499).
  virtual void completed(const Request& request, const Outcome& outcome) = 0;
};

}  // namespace sovereign::http
