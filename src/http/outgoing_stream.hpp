// One streamed answer on its way: frames what the body writes, keeps what the socket did not take
// yet, and lets the body wait meanwhile. The connection does the sending and decides when it ends.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/stream.hpp"

namespace sovereign::http {

/// How the client learns where a streamed body ends. HTTP/1.0 knows no chunks.
enum class StreamFraming : std::uint8_t { sized, chunked, until_close };

class OutgoingStream final : public StreamWriter {
 public:
  /// `send` gives unsent() to the socket; it must outlive the stream.
  OutgoingStream(boost::asio::io_context::executor_type executor, std::unique_ptr<StreamBody> body,
                 StreamFraming framing, std::function<void()> send);

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<bool> write(std::string_view bytes) override;

  const StreamTraits& traits() const { return traits_; }
  /// After this the body can write nothing more.
  void close();
  bool is_open() const { return open_; }
  /// Says that the body is complete; true from then on for is_complete(). False when the body is
  /// not as long as it was said to be.
  bool complete();
  bool is_complete() const { return complete_; }

  void append_head(std::string_view head);
  void append_heartbeat() { frame(traits_.heartbeat_bytes); }

  std::string_view unsent() const { return std::string_view(buffer_).substr(taken_); }
  /// The socket took so much of unsent().
  void take(std::size_t bytes);
  /// Bytes of the framed body that the socket took.
  std::uint64_t body_bytes() const { return total_ > head_bytes_ ? total_ - head_bytes_ : 0; }

  bool waits_writable = false;  ///< The connection's: whether a wait is under way.

 private:
  void frame(std::string_view bytes);

  std::unique_ptr<StreamBody> body_;
  const StreamTraits traits_;
  const StreamFraming framing_;
  std::function<void()> send_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>,
                                    boost::asio::io_context::executor_type>
      drained_;  // Never expires; cancelled when all was sent.
  std::string buffer_;
  std::size_t taken_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t head_bytes_ = 0;
  std::uint64_t framed_ = 0;  // Bytes of the body itself.
  int writes_this_turn_ = 0;
  bool open_ = true;
  bool complete_ = false;
};

}  // namespace sovereign::http
