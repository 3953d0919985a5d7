// A response as handlers make it. Framing, date, compression and connection headers are the
// server's; validators (ETag), caching and content are the handler's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/stream.hpp"
#include "http/websocket.hpp"

namespace sovereign::http {

/// Bytes kept alive by whoever owns them (a snapshot, an embedded file): sent without a copy.
struct SharedBytes {
  std::shared_ptr<const void> owner;  ///< May be null for bytes that live as long as the program.
  std::string_view bytes;
};

/// Either bytes of its own or shared ones.
class Body {
 public:
  Body() = default;
  Body(std::string text) : bytes_(std::move(text)) {}      // NOLINT: a body is its text
  Body(SharedBytes shared) : bytes_(std::move(shared)) {}  // NOLINT
  std::string_view view() const {
    if (const auto* own = std::get_if<std::string>(&bytes_)) return *own;
    return std::get<SharedBytes>(bytes_).bytes;
  }

 private:
  std::variant<std::string, SharedBytes> bytes_;
};

/// A header that the handler adds. Those with CR, LF or NUL in the value are left out, and so are
/// the server's own: Content-Length, Transfer-Encoding, Connection, Keep-Alive, Date.
struct ResponseHeader {
  std::string_view name;  ///< A constant.
  std::string value;
};

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kProblemJson = "application/problem+json";

struct Response {
  int status = 200;
  std::string_view content_type = kJson;  ///< A constant. Ignored when the body is empty.
  std::string stored_type = {};           ///< Said instead of content_type when not empty.
  Body body;
  /// Makes the body over time instead, never compressed; `body` is not looked at then.
  std::unique_ptr<StreamBody> stream = nullptr;
  /// Makes a WebSocket of the connection instead, for a request that passed refuse_websocket().
  /// Nothing checks later on whether who asked is still let in: for what anyone may see.
  std::unique_ptr<WebSocketSession> websocket = nullptr;
  std::string etag;  ///< With its quotes; empty for none.
  std::string_view cache_control = "no-store";
  std::vector<ResponseHeader> headers;
  /// The connection ends after this answer (framing errors, shutdown).
  bool close = false;
};

}  // namespace sovereign::http
