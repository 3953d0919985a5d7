// The part of a connection that answers with a stream: starts its body, sends what it writes, and
// ends it for whatever reason comes first.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "http/connection.hpp"
#include "http/loop.hpp"

namespace sovereign::http {

namespace asio = boost::asio;
using boost::system::error_code;

bool Connection::answer_stream(Persistence persistence) {
  const Request& request = exchange_->reader.request();
  Response& response = exchange_->response;
  const bool is_old = exchange_->reader.head().is_http_1_0;
  const auto framing = response.stream->traits().length ? StreamFraming::sized
                       : is_old                         ? StreamFraming::until_close
                                                        : StreamFraming::chunked;
  const bool bodiless = response.status == 204 || response.status == 304;
  if (bodiless) {
    loop_.writer().render(request, response, persistence, exchange_->rendered);
  } else {
    loop_.writer().render_stream_head(request, response, persistence, framing, exchange_->rendered);
  }
  if (bodiless || request.method == Method::head) {
    response.stream.reset();
    return send_rendered();
  }
  begin_stream(framing);
  return false;
}

void Connection::begin_stream(StreamFraming framing) {
  state_ = State::streaming;
  stream_ = std::make_unique<OutgoingStream>(socket_.get_executor(),
                                             std::move(exchange_->response.stream), framing,
                                             [this] { send_stream(); });
  if (client_gone_) return abort();
  stream_->append_head(exchange_->rendered.head);
  send_stream();
  if (state_ == State::streaming) run_stream();
}

void Connection::run_stream() {
  runs_coroutine_ = true;
  wait_readable();
  // Posted, as for handlers: this runs inside the coroutine's own frame.
  auto on_end = [self = Self(this)](std::exception_ptr failure) {
    asio::post(self->socket_.get_executor(),
               [self, failure] { self->on_stream_end(failure != nullptr); });
  };
  asio::co_spawn(socket_.get_executor(), stream_->run(),
                 asio::bind_cancellation_slot(cancel_.slot(), std::move(on_end)));
  if (loop_.is_draining()) drain_stream();
}

/// Lets a body without an end stop; on_stream_end() says farewell to the client.
void Connection::drain_stream() {
  if (!runs_coroutine_ || !stream_->traits().is_endless) return;
  close_after_ = true;
  stream_->close();
  cancel_.emit(asio::cancellation_type::terminal);
}

void Connection::on_stream_end(bool failed) {
  runs_coroutine_ = false;
  if (state_ == State::closed) return release_exchange();
  const bool ended_by_us = !stream_->is_open();
  if (failed && !ended_by_us) return abort();
  if (!stream_->complete()) return abort();
  if (!stream_->waits_writable) send_stream();
}

/// Gives the socket what it takes. May end the request, the connection, or neither.
void Connection::send_stream() {
  const auto unsent = stream_->unsent();
  error_code error;
  const auto sent = unsent.empty() ? 0 : socket_.write_some(asio::buffer(unsent), error);
  if (error && error != asio::error::would_block && error != asio::error::try_again &&
      error != asio::error::interrupted) {
    return abort();
  }
  stream_->take(sent);
  const auto now = std::chrono::steady_clock::now();
  if (!stream_->unsent().empty()) {
    deadline_ = now + loop_.limits().write_timeout;
    return wait_stream_writable();
  }
  if (stream_->is_complete()) return end_stream();
  const auto heartbeat = stream_->traits().heartbeat;
  deadline_ = heartbeat > heartbeat.zero() ? now + heartbeat : base::SteadyTime::max();
}

void Connection::wait_stream_writable() {
  stream_->waits_writable = true;
  socket_.async_wait(Socket::wait_write, [self = Self(this)](error_code error) {
    if (self->state_ != State::streaming) return;
    self->stream_->waits_writable = false;
    error ? self->abort() : self->send_stream();
  });
}

void Connection::check_stream_deadline() {
  if (!stream_->unsent().empty()) return abort();
  stream_->append_heartbeat();
  send_stream();
}

void Connection::end_stream() {
  if (finish()) serve();
}

}  // namespace sovereign::http
