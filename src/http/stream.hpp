// Answers whose body is made over time: a coroutine writes while the client reads.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sovereign::http {

/// Where a body's bytes go. Belongs to the connection; on its loop's thread only.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;

  /// Hands `bytes` to the client and waits while it does not keep up; they must stay valid until
  /// then. One write at a time. False: the stream is over, return soon.
  virtual boost::asio::awaitable<bool> write(std::string_view bytes) = 0;
};

/// What the server must know of a body before it runs.
struct StreamTraits {
  /// A feed without an end of its own: a server that stops ends it, as if it were complete. Other
  /// bodies may finish while the server drains, and are cut off after that.
  bool is_endless = false;
  /// Sent when nothing was for so long, so that clients that vanished are noticed; zero: never.
  std::chrono::milliseconds heartbeat{0};
  std::string_view heartbeat_bytes;  ///< A constant that clients skip, valid between two writes.
  /// Sent as Content-Length when it is known. A body that writes less is cut off, so that the
  /// client can tell; what it writes beyond is our bug, and is cut off too.
  std::optional<std::uint64_t> length = std::nullopt;
};

/// One answer's body. Destroyed on the loop's thread once run() has ended, or before it began (for
/// HEAD it never runs).
class StreamBody {
 public:
  virtual ~StreamBody() = default;

  virtual StreamTraits traits() const { return {}; }

  /// Runs on the connection's loop after the head was sent, for as long as it likes; the request
  /// lives meanwhile. Returning completes the answer; an exception cuts it off, so that the client
  /// can tell. Cancelled (terminal) when the client closes its side or takes no byte for the
  /// write timeout, and when the server ends it.
  virtual boost::asio::awaitable<void> run(StreamWriter& writer) = 0;
};

}  // namespace sovereign::http
