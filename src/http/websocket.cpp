#include "http/websocket.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"

namespace sovereign::http {
namespace {

constexpr std::size_t kKeyLength = 24;  // 16 bytes in base64.

bool lists_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (equals_ignoring_case(base::trim_ascii(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

bool asks_for_websocket(const Request& request) {
  return lists_token(request.header("Upgrade"), "websocket");
}

std::optional<Response> refuse_websocket(const Request& request) {
  if (!asks_for_websocket(request)) {
    auto response = problem(426, "This is a WebSocket; connect with Upgrade: websocket.", request);
    response.headers.push_back({"Upgrade", "websocket"});
    return response;
  }
  if (request.method != Method::get || !lists_token(request.header("Connection"), "upgrade") ||
      request.header("Sec-WebSocket-Key").size() != kKeyLength) {
    return problem(400, "The WebSocket handshake is not that of RFC 6455, section 4.", request);
  }
  if (request.header("Sec-WebSocket-Version") != "13") {
    auto response = problem(426, "Only version 13 of the WebSocket protocol is spoken.", request);
    response.headers.push_back({"Sec-WebSocket-Version", "13"});
    return response;
  }
  return std::nullopt;
}

}  // namespace sovereign::http
