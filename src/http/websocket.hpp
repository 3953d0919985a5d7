// Answers that become a WebSocket (RFC 6455): what a feature implements; the frames, pings, closing
// and limits are the server's.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"
#include "http/stream.hpp"

namespace sovereign::http {

struct Response;

/// RFC 6455 section 7.4.1 and the registry it founded.
enum class WebSocketCode : std::uint16_t {
  going_away = 1001,
  unsupported_data = 1003,
  policy_violation = 1008,
  try_again_later = 1013,
};

struct WebSocketClose {
  WebSocketCode code = WebSocketCode::going_away;
  std::string reason;  ///< 123 bytes at most, more is cut.
};

struct WebSocketLimits {
  static constexpr std::size_t kMessageBytes = 4096;  ///< From the client; 1009 above.
  /// A client that is silent for so long, though it was pinged after half of it, is gone.
  static constexpr std::chrono::seconds kSilence{30};
};

/// One client's session, on its loop's thread.
class WebSocketSession {
 public:
  virtual ~WebSocketSession() = default;

  /// Runs until the session is over, and says how it is closed. Each write() is one text message.
  virtual boost::asio::awaitable<WebSocketClose> run(StreamWriter& writer) = 0;

  /// A text message came. A value closes the session with it.
  virtual std::optional<WebSocketClose> received(std::string_view text) = 0;

  /// run() is to return soon: the client or the server goes. May come before run() and repeatedly.
  virtual void stop() = 0;
};

/// Whether the request asks for a WebSocket.
bool asks_for_websocket(const Request& request);

/// The answer to a request that cannot become a WebSocket: 426 when it does not ask for one, 400
/// for a bad handshake; nullopt when it can.
std::optional<Response> refuse_websocket(const Request& request);

}  // namespace sovereign::http
