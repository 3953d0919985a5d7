#include "ipc/unix_listener.hpp"

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

namespace sovereign::ipc {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr int kAcceptsPerTurn = 32;
constexpr std::chrono::milliseconds kPause{100};  // Descriptors come back when others close.

std::string reason(int code) { return std::generic_category().message(code); }

Failure refuse(const std::string& path, std::string_view why) {
  return base::fail(ErrorCode::unavailable, fmt::format("Cannot listen on {}: {}.", path, why));
}

Result<void> check_length(const std::string& path) {
  if (path.size() <= kMaxSocketPath) return {};
  return refuse(path, fmt::format("the path of a socket may have {} bytes, this one has {}; choose "
                                  "a shorter folder",
                                  kMaxSocketPath, path.size()));
}

Result<void> check_folder(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0) {
    return refuse(path, fmt::format("its folder: {}", reason(errno)));
  }
  if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) {
    return refuse(path, "its folder must be your own with mode 0700");
  }
  return {};
}

/// Removes the socket of a process that is gone.
Result<void> remove_stale(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return refuse(path, "there is something else than a socket; move it away");
  }
  asio::io_context context;
  Socket probe(context);
  error_code error;
  probe.connect(stream_protocol::endpoint(path), error);
  if (error != asio::error::connection_refused) {
    return refuse(path, "another process listens there");
  }
  if (::unlink(path.c_str()) != 0) return refuse(path, reason(errno));
  return {};
}

bool is_shortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

}  // namespace

struct UnixListener::State {
  State(asio::any_io_executor executor, OnAccept accepted)
      : on_accept(std::move(accepted)), acceptor(executor), pause(executor) {}

  OnAccept on_accept;
  stream_protocol::acceptor acceptor;
  asio::steady_timer pause;
};

Result<Socket> connect(const asio::any_io_executor& executor, const std::string& path) {
  if (const auto length = check_length(path); !length) return Failure(length.error());
  Socket socket(executor);
  error_code error;
  socket.connect(stream_protocol::endpoint(path), error);
  if (!error) socket.non_blocking(true, error);
  if (error) {
    return base::fail(ErrorCode::unavailable,
                      fmt::format("Cannot connect to {}: {}.", path, error.message()));
  }
  return socket;
}

UnixListener::UnixListener(asio::any_io_executor executor, OnAccept on_accept)
    : state_(std::make_shared<State>(std::move(executor), std::move(on_accept))) {}

UnixListener::~UnixListener() { close(); }

Result<void> UnixListener::open(const std::string& path) {
  if (const auto fits = check_length(path); !fits) return fits;
  if (const auto safe = check_folder(path); !safe) return safe;
  if (const auto removed = remove_stale(path); !removed) return removed;
  auto& acceptor = state_->acceptor;
  error_code error;
  acceptor.open(stream_protocol(), error);
  if (error) return refuse(path, error.message());
  // Linux gives the socket's file the mode of the descriptor: there is no moment when others may
  // connect.
  ::fchmod(acceptor.native_handle(), 0600);
  acceptor.bind(stream_protocol::endpoint(path), error);
  if (!error) acceptor.non_blocking(true, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    state_->acceptor.close();
    return refuse(path, error.message());
  }
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return refuse(path, reason(errno));
  path_ = path;
  device_ = status.st_dev;
  inode_ = status.st_ino;
  wait(state_);
  return {};
}

void UnixListener::close() {
  if (path_.empty()) return;
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->pause.cancel();
  struct stat status{};
  const bool is_ours =
      ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
  if (is_ours) ::unlink(path_.c_str());
  path_.clear();
}

void UnixListener::wait(std::shared_ptr<State> state) {
  auto& acceptor = state->acceptor;
  acceptor.async_wait(asio::socket_base::wait_read, [state = std::move(state)](error_code error) {
    if (!error) accept_some(state);
  });
}

void UnixListener::accept_some(const std::shared_ptr<State>& state) {
  auto& acceptor = state->acceptor;
  for (int i = 0; i < kAcceptsPerTurn && acceptor.is_open(); ++i) {
    const int descriptor =
        ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0 && is_shortage(errno)) {
      state->pause.expires_after(kPause);
      state->pause.async_wait([state](error_code error) {
        if (!error && state->acceptor.is_open()) accept_some(state);
      });
      return;
    }
    if (descriptor < 0 && errno == EAGAIN) break;
    if (descriptor < 0) continue;  // That client is gone already.
    Socket socket(acceptor.get_executor());
    error_code error;
    socket.assign(stream_protocol(), descriptor, error);
    if (!error) socket.non_blocking(true, error);
    if (!error) state->on_accept(std::move(socket));
  }
  if (acceptor.is_open()) wait(state);
}

}  // namespace sovereign::ipc
