// The part of a connection that hands a request's body to its handler while it arrives.
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/loop.hpp"
#include "http/streamed_request_body.hpp"

namespace sovereign::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

base::SteadyTime now() { return std::chrono::steady_clock::now(); }

Failure refused(const Refusal& refusal) {
  const auto code = refusal.status == 413 ? ErrorCode::too_large : ErrorCode::malformed;
  return base::fail(code, std::string(refusal.detail));
}

Failure client_gone() {
  return base::fail(ErrorCode::unavailable, "The client went away before its request was whole.");
}

}  // namespace

StreamedRequestBody::StreamedRequestBody(Connection& connection)
    : connection_(connection),
      arrived_(connection.socket_.get_executor(), asio::steady_timer::time_point::max()) {}

Task<std::string_view> StreamedRequestBody::read() {
  for (;;) {
    // The reader may be gone once the request is answered for the handler.
    if (connection_.state_ != Connection::State::handling) co_return client_gone();
    auto& reader = connection_.exchange_->reader;
    const auto part = reader.take_body();
    received_ += part.bytes.size();
    if (part.progress == Progress::complete) connection_.exchange_->last_byte_at = now();
    if (part.progress != Progress::incomplete || !part.bytes.empty()) give_handler_time();
    if (part.progress == Progress::refused) co_return refused(reader.refusal());
    if (part.progress == Progress::complete || !part.bytes.empty()) co_return part.bytes;
    const auto received = receive();
    if (!received) co_return Failure(received.error());
    if (*received) continue;
    begin_wait();
    error_code ignored;
    co_await arrived_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    end_wait();
  }
}

/// Reads what the socket has; whether there was anything.
Result<bool> StreamedRequestBody::receive() {
  if (connection_.client_gone_) return client_gone();
  error_code error;
  connection_.read_some(error);
  if (!error) return true;
  const bool later = error == asio::error::would_block || error == asio::error::try_again ||
                     error == asio::error::interrupted;
  if (!later || !say_continue()) {
    connection_.client_gone_ = true;
    return client_gone();
  }
  return false;
}

bool StreamedRequestBody::say_continue() {
  if (said_continue_ || !connection_.exchange_->reader.head().expects_continue) return true;
  said_continue_ = true;
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  error_code error;
  const auto sent = connection_.socket_.write_some(asio::buffer(kContinue), error);
  return !error && sent == kContinue.size();  // As in Connection::begin_body().
}

void StreamedRequestBody::begin_wait() {
  const auto& limits = connection_.loop_.limits();
  const auto allowed =
      limits.body_timeout + std::chrono::seconds(received_ / limits.streamed_bytes_per_second);
  wait_began_ = now();
  connection_.deadline_ =
      wait_began_ + std::chrono::duration_cast<base::SteadyTime::duration>(allowed - waited_);
  waiting_ = true;
  connection_.wait_readable();
}

void StreamedRequestBody::end_wait() {
  waiting_ = false;
  waited_ += now() - wait_began_;
}

void StreamedRequestBody::give_handler_time() {
  auto& exchange = *connection_.exchange_;
  const auto deadline = now() + exchange.reader.streamed().handler_timeout;
  exchange.reader.request().deadline = connection_.deadline_ = deadline;
  if (exchange.reader.phase() == RequestReader::Phase::complete) connection_.wait_readable();
}

void Connection::begin_streamed_body() {
  body_ = std::make_unique<StreamedRequestBody>(*this);
  Request& request = exchange_->reader.request();
  request.incoming = body_.get();
  request.deadline = exchange_->last_byte_at + exchange_->reader.streamed().handler_timeout;
}

/// The socket has bytes, or an end, for a body that is read, or is not read right now.
void Connection::receive_body() {
  if (body_->is_waiting()) body_->wake();
}

void Connection::time_out_body() {
  state_ = State::writing;  // As in time_out_handler().
  cancel_.emit(asio::cancellation_type::terminal);
  refuse(408, "The request's body did not arrive in time.");
}

}  // namespace sovereign::http
