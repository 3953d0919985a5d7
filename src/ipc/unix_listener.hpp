// A listening Unix socket that only its owner can reach.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/error.hpp"

namespace sovereign::ipc {

using Socket = boost::asio::local::stream_protocol::socket;

inline constexpr std::size_t kMaxSocketPath = 107;  ///< sockaddr_un holds 108 with the NUL.

/// A client's end: for tests and agents.
Result<Socket> connect(const boost::asio::any_io_executor& executor, const std::string& path);

class UnixListener {
 public:
  using OnAccept = std::function<void(Socket)>;

  /// `on_accept` gets non-blocking sockets, on the executor, until close().
  UnixListener(boost::asio::any_io_executor executor, OnAccept on_accept);
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  /// Makes the socket (0600) and accepts. Its folder must be the user's and 0700. A socket that
  /// nobody listens on is replaced; anything else at `path` is left alone. Errors (`unavailable`,
  /// naming the path and what to do).
  Result<void> open(const std::string& path);

  /// Stops accepting and removes the socket, if it is still this one.
  void close();

 private:
  struct State;
  static void wait(std::shared_ptr<State> state);
  static void accept_some(const std::shared_ptr<State>& state);

  /// Shared with the pending wait, which may end after close().
  const std::shared_ptr<State> state_;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace sovereign::ipc
