// One WebSocket on a connection's socket: carries a session's messages to the client and back.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"

namespace sovereign::http {

class WebSocketConnection {
 public:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol,
                                                  boost::asio::io_context::executor_type>;

  /// `socket` must outlive it. `request` has passed refuse_websocket(); `response` brings the
  /// session and further headers.
  WebSocketConnection(Socket& socket, const Request& request, Response response);
  ~WebSocketConnection();

  /// Answers the handshake, then carries the session until it is over and the client was told. The
  /// socket may be left open.
  boost::asio::awaitable<void> run();

  /// Ends it soon; with the socket closed, at once.
  void stop();

  /// Of messages, as the session wrote them.
  std::uint64_t sent_bytes() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace sovereign::http
