#include "http/outgoing_stream.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace sovereign::http {

namespace asio = boost::asio;

namespace {

constexpr int kWritesPerTurn = 32;  // Then the loop's other connections go first.
constexpr std::size_t kKeptBufferBytes = 64 * 1024;

}  // namespace

OutgoingStream::OutgoingStream(asio::io_context::executor_type executor,
                               std::unique_ptr<StreamBody> body, StreamFraming framing,
                               std::function<void()> send)
    : body_(std::move(body)),
      traits_(body_->traits()),
      framing_(framing),
      send_(std::move(send)),
      drained_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<void> OutgoingStream::run() {
  // Asio may end a spawned coroutine badly that is cancelled before it was ever resumed.
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::post(drained_.get_executor(), asio::use_awaitable);
  co_await asio::this_coro::throw_if_cancelled(true);
  auto body = body_->run(*this);
  co_await std::move(body);
}

asio::awaitable<bool> OutgoingStream::write(std::string_view bytes) {
  if (!open_ || bytes.empty()) co_return open_;
  frame(bytes);
  if (!waits_writable) send_();
  while (open_ && !unsent().empty()) {
    writes_this_turn_ = 0;
    boost::system::error_code ignored;
    co_await drained_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (open_ && ++writes_this_turn_ >= kWritesPerTurn) {
    writes_this_turn_ = 0;
    co_await asio::post(drained_.get_executor(), asio::use_awaitable);
  }
  co_return open_;
}

void OutgoingStream::close() {
  open_ = false;
  drained_.cancel();
}

bool OutgoingStream::complete() {
  open_ = false;
  if (framing_ == StreamFraming::sized && framed_ != traits_.length) return false;
  complete_ = true;
  if (framing_ == StreamFraming::chunked) buffer_.append("0\r\n\r\n");
  return true;
}

void OutgoingStream::append_head(std::string_view head) {
  buffer_.append(head);
  head_bytes_ = head.size();
}

void OutgoingStream::take(std::size_t bytes) {
  taken_ += bytes;
  total_ += bytes;
  if (taken_ < buffer_.size()) return;
  taken_ = 0;
  buffer_.clear();
  if (buffer_.capacity() > kKeptBufferBytes) buffer_ = {};
  drained_.cancel();
}

void OutgoingStream::frame(std::string_view bytes) {
  if (bytes.empty()) return;  // An empty chunk would end the body.
  framed_ += bytes.size();
  if (framing_ == StreamFraming::sized && framed_ > traits_.length) return close();
  if (framing_ != StreamFraming::chunked) {
    buffer_.append(bytes);
    return;
  }
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), 16);
  buffer_.append(digits.data(), end.ptr).append("\r\n").append(bytes).append("\r\n");
}

}  // namespace sovereign::http
