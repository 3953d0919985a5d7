#include "ipc/framed_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <utility>

namespace sovereign::ipc {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kQueueKept = 64 * 1024;  // Of memory, when the queue has emptied.

}  // namespace

FramedConnection::FramedConnection(Socket socket, ConnectionSettings settings)
    : socket_(std::move(socket)),
      settings_(settings),
      decoder_(settings.max_frame_bytes),
      linger_(socket_.get_executor()) {}

std::shared_ptr<FramedConnection> FramedConnection::create(Socket socket,
                                                           ConnectionSettings settings) {
  return std::shared_ptr<FramedConnection>(new FramedConnection(std::move(socket), settings));
}

void FramedConnection::start(FrameHandler& handler) {
  handler_ = &handler;
  asio::co_spawn(socket_.get_executor(), read_loop(shared_from_this()), asio::detached);
}

// --- Reading -----------------------------------------------------------------------------------

asio::awaitable<void> FramedConnection::read_loop(std::shared_ptr<FramedConnection> self) {
  error_code error;
  while (self->state_ != State::closed) {
    const auto space = self->decoder_.space();
    const auto buffer = asio::buffer(space.data(), space.size());
    const std::size_t bytes = co_await self->socket_.async_read_some(
        buffer, asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
    if (self->state_ != State::open) continue;  // What comes late is read to be dropped.
    self->decoder_.commit(bytes);
    self->dispatch();
  }
  const bool is_clean =
      error == asio::error::eof && !self->failed_ && !self->decoder_.is_within_frame();
  self->report(is_clean ? CloseReason::ended : CloseReason::broken);
  self->close();
}

void FramedConnection::dispatch() {
  while (state_ == State::open) {
    const auto frame = decoder_.next();
    if (!frame) {
      const bool is_empty = frame.error() == FrameError::empty;
      report(is_empty ? CloseReason::empty_frame : CloseReason::frame_too_large);
      if (state_ == State::open) close();
      return;
    }
    if (!*frame) return;
    handler_->on_frame(**frame);
  }
}

/// The handler may use its last word to send and finish().
void FramedConnection::report(CloseReason reason) {
  auto* handler = std::exchange(handler_, nullptr);
  if (state_ == State::open && handler != nullptr) handler->on_closed(reason);
}

// --- Writing -----------------------------------------------------------------------------------

SendOutcome FramedConnection::send(std::string_view frame) {
  if (state_ != State::open || failed_) return SendOutcome::closed;
  if (queued_bytes() + frame.size() > settings_.max_queued_bytes) return SendOutcome::refused;
  if (queued_bytes() > 0) {
    queue_ += frame;
    return SendOutcome::accepted;
  }
  const std::size_t sent = send_some(frame);
  if (failed_) return SendOutcome::closed;
  if (sent < frame.size()) {
    queue_ = frame.substr(sent);
    wait_writable();
  }
  return SendOutcome::accepted;
}

/// How much the socket took; less than all when it is full or has failed.
std::size_t FramedConnection::send_some(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto taken = settings_.send(socket_.native_handle(), bytes.data() + sent,
                                      bytes.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken >= 0) {
      sent += static_cast<std::size_t>(taken);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno != EINTR) {
      fail();
      break;
    }
  }
  return sent;
}

/// The reading side ends by this and tells the handler, which is never called from send().
void FramedConnection::fail() {
  failed_ = true;
  queue_.clear();
  sent_ = 0;
  ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

void FramedConnection::wait_writable() {
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
    if (self->state_ == State::closed || self->failed_) return;
    if (error) return self->fail();
    self->flush();
  });
}

void FramedConnection::flush() {
  sent_ += send_some(std::string_view(queue_).substr(sent_));
  if (failed_) return;
  if (queued_bytes() > 0) {
    // Moves the rest only when that is the smaller part, so each byte is moved once on average.
    if (sent_ > queue_.size() / 2) {
      queue_.erase(0, sent_);
      sent_ = 0;
    }
    return wait_writable();
  }
  queue_.clear();
  sent_ = 0;
  if (queue_.capacity() > kQueueKept) queue_.shrink_to_fit();
  finish_if_sent();
}

// --- Closing -----------------------------------------------------------------------------------

void FramedConnection::finish(std::chrono::milliseconds linger) {
  if (state_ != State::open) return;
  state_ = State::finishing;
  handler_ = nullptr;
  linger_.expires_after(linger);
  linger_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) self->close();
  });
  finish_if_sent();
}

void FramedConnection::finish_if_sent() {
  if (state_ == State::finishing && queued_bytes() == 0) {
    ::shutdown(socket_.native_handle(), SHUT_WR);
  }
}

void FramedConnection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  handler_ = nullptr;
  linger_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace sovereign::ipc
