// Frames over a connected local socket. Reads in one coroutine; a frame to send goes to the socket
// on the caller's stack, and what the socket does not take at once waits in a bounded queue. One
// thread: that of the socket's executor.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "ipc/frame_decoder.hpp"
#include "ipc/unix_listener.hpp"

namespace sovereign::ipc {

enum class CloseReason {
  ended,            ///< The peer closed between two frames.
  broken,           ///< The connection failed, or ended within a frame.
  empty_frame,      ///< The peer sent a length of zero ...
  frame_too_large,  ///< ... or over the limit.
};

/// Called on the executor, never from within a call to the connection.
class FrameHandler {
 public:
  /// A whole frame without its length, valid until this returns.
  virtual void on_frame(std::string_view frame) = 0;
  /// Once, last; not after finish() or close(). After a bad length a last frame may be sent from
  /// here, with finish() behind it.
  virtual void on_closed(CloseReason reason) = 0;

 protected:
  ~FrameHandler() = default;
};

struct ConnectionSettings {
  std::size_t max_frame_bytes = 4 * 1024 * 1024;   ///< Without its length; of frames received.
  std::size_t max_queued_bytes = 8 * 1024 * 1024;  ///< Of frames the socket did not take yet.
  /// As send(2); tests bring one that fails.
  ssize_t (*send)(int socket, const void* bytes, std::size_t size, int flags) = &::send;
};

enum class SendOutcome {
  accepted,  ///< Sent, or queued within the bound.
  refused,   ///< Nothing of it was taken: the queue is full.
  closed,    ///< The connection has ended; on_closed() follows or was called.
};

class FramedConnection final : public std::enable_shared_from_this<FramedConnection> {
 public:
  /// `socket` is non-blocking. Shared: its pending operations keep it alive.
  static std::shared_ptr<FramedConnection> create(Socket socket, ConnectionSettings settings);
  ~FramedConnection() = default;
  FramedConnection(const FramedConnection&) = delete;
  FramedConnection& operator=(const FramedConnection&) = delete;

  /// Starts reading. `handler` must stay alive until on_closed(), finish() or close().
  void start(FrameHandler& handler);

  /// Frames go to `handler` from now on. May be called from within on_frame().
  void set_handler(FrameHandler& handler) { handler_ = &handler; }

  /// `frame` with its length in front; not kept.
  SendOutcome send(std::string_view frame);

  /// The handler hears no more. What was accepted is sent, then the peer has until `linger` from
  /// now to read it and to close.
  void finish(std::chrono::milliseconds linger);

  /// The handler hears no more; the socket closes now.
  void close();

  std::size_t queued_bytes() const { return queue_.size() - sent_; }
  int native_handle() { return socket_.native_handle(); }

 private:
  enum class State { open, finishing, closed };

  FramedConnection(Socket socket, ConnectionSettings settings);
  static boost::asio::awaitable<void> read_loop(std::shared_ptr<FramedConnection> self);
  void dispatch();
  void report(CloseReason reason);
  std::size_t send_some(std::string_view bytes);
  void flush();
  void wait_writable();
  void fail();
  void finish_if_sent();

  Socket socket_;
  const ConnectionSettings settings_;
  FrameDecoder decoder_;
  FrameHandler* handler_ = nullptr;
  std::string queue_;     ///< Whole frames one after the other ...
  std::size_t sent_ = 0;  ///< ... of which this much is sent.
  boost::asio::steady_timer linger_;
  State state_ = State::open;
  bool failed_ = false;  ///< A write failed: the reading side will end too.
};

}  // namespace sovereign::ipc
