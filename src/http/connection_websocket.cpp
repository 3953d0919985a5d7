// The part of a connection that becomes a WebSocket: hands the socket over, and ends with it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "http/connection.hpp"
#include "http/loop.hpp"

namespace sovereign::http {

namespace asio = boost::asio;

bool Connection::answer_websocket() {
  if (client_gone_) {
    abort();
    return false;
  }
  if (exchange_->reader.has_more()) {
    exchange_->response.websocket.reset();
    return refuse(400, "A client sends nothing before its WebSocket is answered.");
  }
  state_ = State::upgraded;
  deadline_ = base::SteadyTime::max();
  websocket_ = std::make_unique<WebSocketConnection>(socket_, exchange_->reader.request(),
                                                     std::move(exchange_->response));
  runs_coroutine_ = true;
  // Posted, as for handlers: this runs inside the coroutine's own frame.
  auto on_end = [self = Self(this)](const std::exception_ptr&) {
    asio::post(self->socket_.get_executor(), [self] { self->on_websocket_end(); });
  };
  asio::co_spawn(socket_.get_executor(), websocket_->run(), std::move(on_end));
  if (loop_.is_draining()) websocket_->stop();
  return false;
}

void Connection::on_websocket_end() {
  runs_coroutine_ = false;
  if (state_ == State::closed) return release_exchange();
  constexpr int kSwitchingProtocols = 101;
  report(kSwitchingProtocols, std::chrono::steady_clock::now());
  close();
}

}  // namespace sovereign::http
