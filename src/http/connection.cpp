#include "http/connection.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>

#include <array>

#include "http/loop.hpp"
#include "http/streamed_request_body.hpp"

namespace sovereign::http {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

constexpr int kRequestsPerTurn = 16;  // Then the loop's other connections go first.
constexpr std::chrono::milliseconds kLingerTime{2000};
constexpr std::size_t kLingerBytes = 1024 * 1024;

base::SteadyTime now() { return std::chrono::steady_clock::now(); }

bool is_would_block(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again ||
         error == asio::error::interrupted;
}

}  // namespace

Connection::Connection(Loop& loop, Socket socket, Peer peer, std::optional<ConnectionSlot> slot)
    : loop_(loop),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      slot_(std::move(slot)),
      is_within_limits_(slot_.has_value()) {
  loop_.joined(*this);
}

Connection::~Connection() {
  unlink();
  loop_.left(is_within_limits_);
}

void Connection::start() {
  deadline_ = now() + loop_.limits().header_timeout;
  wait_readable();
}

void Connection::reject() {
  exchange_ = loop_.take_exchange();
  begin_request();
  exchange_->last_byte_at = now();
  refuse(503, "The server has as many connections as it takes; try again in a moment.");
}

void Connection::drain() {
  if (state_ == State::idle) close();
  if (state_ == State::streaming) drain_stream();
  if (state_ == State::upgraded) websocket_->stop();
}

void Connection::abort() {
  const Self self(this);
  if (state_ == State::handling || state_ == State::writing || state_ == State::streaming ||
      state_ == State::upgraded) {
    report(499, now());
  }
  close();
}

void Connection::check_deadline(base::SteadyTime at) {
  if (at < deadline_) return;
  const Self self(this);
  switch (state_) {
    case State::reading: refuse(408, "The request did not arrive in time."); break;
    case State::handling:
      return body_ && body_->is_waiting() ? time_out_body() : time_out_handler();
    case State::writing: return abort();
    case State::streaming: return check_stream_deadline();
    case State::idle:
    case State::lingering: return close();
    case State::queueing:
    case State::upgraded:
    case State::closed: return;
  }
}

// --- Readiness ---------------------------------------------------------------------------------

void Connection::wait_readable() {
  if (waits_readable_) return;
  waits_readable_ = true;
  socket_.async_wait(Socket::wait_read, [self = Self(this)](error_code error) {
    self->waits_readable_ = false;
    if (self->state_ == State::closed) return;
    error ? self->abort() : self->on_readable();
  });
}

void Connection::wait_writable() {
  socket_.async_wait(Socket::wait_write, [self = Self(this)](error_code error) {
    if (self->state_ != State::writing) return;
    if (error) return self->abort();
    if (self->flush()) self->serve();
  });
}

void Connection::on_readable() {
  switch (state_) {
    case State::idle:
    case State::reading: return receive();
    case State::handling:
    case State::streaming: return watch_client();
    case State::lingering: return discard();
    case State::queueing:
    case State::upgraded:
    case State::writing:  // Left over from handling; waited for anew when it is of interest.
    case State::closed: return;
  }
}

std::size_t Connection::read_some(error_code& error) {
  const auto space = exchange_->reader.space();
  const auto bytes = socket_.read_some(asio::buffer(space.data(), space.size()), error);
  exchange_->reader.commit(bytes);
  return bytes;
}

void Connection::receive() {
  if (!exchange_) exchange_ = loop_.take_exchange();
  error_code error;
  read_some(error);
  if (is_would_block(error)) {
    if (exchange_->reader.empty()) release_exchange();
    return wait_readable();
  }
  if (error) return close();
  serve();
}

/// While a coroutine runs: notices that the client went away; keeps what it pipelines.
void Connection::watch_client() {
  if (exchange_->reader.phase() == RequestReader::Phase::streaming) return receive_body();
  if (exchange_->reader.space().empty()) return;
  error_code error;
  read_some(error);
  if (!error || is_would_block(error)) return wait_readable();
  if (state_ == State::streaming) return abort();
  client_gone_ = true;
  cancel_.emit(asio::cancellation_type::terminal);
}

void Connection::discard() {
  error_code error;
  const auto scratch = loop_.scratch();
  discarded_ += socket_.read_some(asio::buffer(scratch.data(), scratch.size()), error);
  if ((error && !is_would_block(error)) || discarded_ > kLingerBytes) return close();
  wait_readable();
}

// --- Requests ----------------------------------------------------------------------------------

void Connection::serve() {
  for (int turn = 0; turn < kRequestsPerTurn; ++turn) {
    RequestReader& reader = exchange_->reader;
    if (reader.empty()) return await_more();
    if (state_ == State::idle) begin_request();
    switch (reader.parse()) {
      case Progress::incomplete: return await_more();
      case Progress::refused:
        exchange_->last_byte_at = now();
        refuse(reader.refusal().status, reader.refusal().detail);
        return;
      case Progress::complete:
        if (!handle()) return;
    }
  }
  state_ = State::queueing;
  asio::post(socket_.get_executor(), [self = Self(this)] {
    if (self->state_ != State::queueing) return;
    self->state_ = State::idle;
    self->serve();
  });
}

void Connection::begin_request() {
  state_ = State::reading;
  in_body_ = false;
  Request& request = exchange_->reader.request();
  request.received_at = now();
  request.peer_address = peer_.address;
  request.peer = peer_.local;
  request.local_port = peer_.local_port;
  deadline_ = request.received_at + loop_.limits().header_timeout;
}

void Connection::await_more() {
  const bool between_requests = exchange_->reader.empty();
  if (client_gone_ || (between_requests && loop_.is_draining())) return close();
  if (between_requests) {
    release_exchange();
  } else if (exchange_->reader.phase() == RequestReader::Phase::body && !in_body_) {
    begin_body();
  }
  if (state_ != State::closed) wait_readable();
}

void Connection::begin_body() {
  in_body_ = true;
  deadline_ = now() + loop_.limits().body_timeout;
  if (!exchange_->reader.head().expects_continue) return;
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code error;
  const auto sent = socket_.write_some(asio::buffer(kContinue), error);
  // All earlier answers have left, so these few bytes find room, or the connection is broken.
  if (error || sent != kContinue.size()) close();
}

bool Connection::handle() {
  Request& request = exchange_->reader.request();
  exchange_->last_byte_at = now();
  request.deadline = exchange_->last_byte_at + loop_.limits().handler_timeout;
  if (exchange_->reader.phase() == RequestReader::Phase::streaming) begin_streamed_body();
  ++served_;
  try {
    Handling handling = loop_.application().handle(request);
    if (auto* response = std::get_if<Response>(&handling)) return answer(std::move(*response));
    run(std::move(std::get<asio::awaitable<Response>>(handling)));
    return false;
  } catch (const std::exception&) {
    return refuse(500, "The server failed to answer this request.");
  }
}

void Connection::run(asio::awaitable<Response> coroutine) {
  state_ = State::handling;
  runs_coroutine_ = true;
  deadline_ = exchange_->reader.request().deadline;
  // What comes of a streamed body is of interest once the handler wants it.
  if (exchange_->reader.phase() != RequestReader::Phase::streaming) wait_readable();
  // Posted: this handler runs inside the coroutine's own frame, which must unwind first.
  auto on_end = [self = Self(this)](std::exception_ptr failure, Response response) {
    asio::post(self->socket_.get_executor(),
               [self, failure, response = std::move(response)]() mutable {
                 self->on_handled(failure, std::move(response));
               });
  };
  asio::co_spawn(socket_.get_executor(), std::move(coroutine),
                 asio::bind_cancellation_slot(cancel_.slot(), std::move(on_end)));
}

void Connection::on_handled(std::exception_ptr failure, Response response) {
  runs_coroutine_ = false;
  if (state_ == State::closed) return release_exchange();
  if (state_ != State::handling) return;  // Too late: the 503 is on its way.
  const bool is_cut_off = exchange_->reader.phase() == RequestReader::Phase::streaming;
  if (client_gone_ && (failure || is_cut_off)) return abort();
  const bool answered = failure ? refuse(500, "The server failed to answer this request.")
                                : answer(std::move(response));
  if (answered) serve();
}

void Connection::time_out_handler() {
  state_ = State::writing;  // Before the coroutine can end: its answer comes too late.
  cancel_.emit(asio::cancellation_type::terminal);
  refuse(503, "The answer took too long; try again in a moment.");
}

// --- Answers. Each returns whether the connection is ready for its next request. ----------------

bool Connection::refuse(int status, std::string_view detail) {
  close_after_ = true;
  linger_ = exchange_->reader.phase() != RequestReader::Phase::complete;
  return answer(loop_.application().refuse(status, detail, exchange_->reader.request()));
}

bool Connection::answer(Response response) {
  Exchange& exchange = *exchange_;
  const Head& head = exchange.reader.head();
  exchange.response = std::move(response);
  const bool is_stream = exchange.response.stream != nullptr;
  if (exchange.reader.phase() == RequestReader::Phase::streaming) close_after_ = linger_ = true;
  close_after_ = close_after_ || exchange.response.close || !head.keep_alive ||
                 loop_.is_draining() || served_ >= loop_.limits().requests_per_connection ||
                 (is_stream && head.is_http_1_0);
  const auto persistence = close_after_       ? Persistence::close
                           : head.is_http_1_0 ? Persistence::keep_alive
                                              : Persistence::implied;
  if (is_stream) return answer_stream(persistence);
  if (exchange.response.websocket) return answer_websocket();
  loop_.writer().render(exchange.reader.request(), exchange.response, persistence,
                        exchange.rendered);
  return send_rendered();
}

bool Connection::send_rendered() {
  exchange_->sent = 0;
  state_ = State::writing;
  deadline_ = now() + loop_.limits().write_timeout;
  return flush();
}

bool Connection::flush() {
  Exchange& exchange = *exchange_;
  const std::string_view head = exchange.rendered.head;
  const std::string_view body = exchange.rendered.body;
  const auto head_sent = std::min(exchange.sent, head.size());
  const std::array<asio::const_buffer, 2> rest = {
      asio::buffer(head.substr(head_sent)), asio::buffer(body.substr(exchange.sent - head_sent))};
  error_code error;
  const auto sent = socket_.write_some(rest, error);
  if (error && !is_would_block(error)) {
    abort();
    return false;
  }
  exchange.sent += sent;
  if (exchange.sent == exchange.total()) return finish();
  if (sent > 0) deadline_ = now() + loop_.limits().write_timeout;
  wait_writable();
  return false;
}

bool Connection::finish() {
  const auto at = now();
  report(exchange_->response.status, at);
  stream_.reset();
  if (!runs_coroutine_) body_.reset();
  if (close_after_) {
    end();
    return false;
  }
  exchange_->reader.next();
  state_ = State::idle;
  deadline_ = at + loop_.limits().idle_timeout;
  return true;
}

void Connection::report(int status, base::SteadyTime at) {
  const Exchange& exchange = *exchange_;
  const auto head_bytes = exchange.rendered.head.size();
  Outcome outcome{.status = status, .request_bytes = exchange_->reader.wire_bytes()};
  if (state_ == State::writing) {
    outcome.response_bytes = exchange.sent - std::min(exchange.sent, head_bytes);
  } else if (state_ == State::streaming) {
    outcome.response_bytes = stream_->body_bytes();
    outcome.is_stream = true;
  } else if (state_ == State::upgraded) {
    outcome.response_bytes = websocket_->sent_bytes();
    outcome.is_stream = true;
  }
  outcome.duration = at - exchange.last_byte_at;
  loop_.application().completed(exchange_->reader.request(), outcome);
}

/// Ends the connection so that a client that is still sending can read the answer: closing with
/// unread input would send a reset, which may overtake the answer.
void Connection::end() {
  if (!linger_ && !exchange_->reader.has_more()) return close();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  state_ = State::lingering;
  deadline_ = now() + kLingerTime;
  if (!runs_coroutine_) release_exchange();
  wait_readable();
}

void Connection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  if (!runs_coroutine_) slot_.reset();  // First: whoever sees the close may connect again.
  error_code ignored;
  socket_.close(ignored);
  if (stream_) stream_->close();
  if (websocket_) websocket_->stop();
  if (runs_coroutine_) {
    cancel_.emit(asio::cancellation_type::terminal);
  } else {
    release_exchange();
  }
}

void Connection::release_exchange() {
  if (exchange_) loop_.give_back(std::move(exchange_));
}

}  // namespace sovereign::http
