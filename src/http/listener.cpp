#include "http/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sovereign::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr int kAcceptsPerTurn = 32;
constexpr std::chrono::milliseconds kPause{100};  // Descriptors come back when others close.

enum class Port { exclusive, shared };

template <typename Acceptor>
void bind_to(Acceptor& acceptor, const asio::ip::tcp::endpoint& endpoint, Port port,
             error_code& error) {
  acceptor.open(endpoint.protocol(), error);
  if (error) return;
  ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  acceptor.set_option(asio::socket_base::reuse_address(true), error);
  const int on = 1;
  if (port == Port::shared &&
      ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    error.assign(errno, boost::system::system_category());
  }
  if (!error) acceptor.bind(endpoint, error);
}

bool is_shortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

}  // namespace

Listener::Listener(asio::io_context& context, OnAccept on_accept)
    : context_(context), on_accept_(std::move(on_accept)), acceptor_(context), pause_(context) {}

asio::ip::tcp::endpoint Listener::open(const asio::ip::tcp::endpoint& endpoint, error_code& error) {
  bind_to(acceptor_, endpoint, Port::shared, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  return error ? endpoint : to_tcp(acceptor_.local_endpoint());
}

void Listener::adopt(int descriptor, error_code& error) {
  acceptor_.assign({AF_UNIX, 0}, descriptor, error);
  if (error) ::close(descriptor);
}

void Listener::start() {
  if (acceptor_.is_open()) wait();
}

void Listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::wait() {
  acceptor_.async_wait(asio::socket_base::wait_read, [this](error_code error) {
    if (!error) accept_some();
  });
}

void Listener::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn && acceptor_.is_open(); ++i) {
    Endpoint peer;
    auto length = static_cast<socklen_t>(peer.capacity());
    const int descriptor =
        ::accept4(acceptor_.native_handle(), peer.data(), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (is_shortage(errno)) return back_off();
      if (errno == EAGAIN) break;
      continue;  // That client is gone already (ECONNABORTED and its kin).
    }
    peer.resize(length);
    error_code error;
    Socket socket(context_);
    socket.assign(peer.protocol(), descriptor, error);
    if (error) {
      ::close(descriptor);
      continue;
    }
    socket.non_blocking(true, error);
    if (peer.protocol().family() != AF_UNIX) {
      socket.set_option(asio::ip::tcp::no_delay(true), error);
    }
    on_accept_(std::move(socket), peer);
  }
  if (acceptor_.is_open()) wait();
}

void Listener::back_off() {
  pause_.expires_after(kPause);
  pause_.async_wait([this](error_code error) {
    if (!error && acceptor_.is_open()) accept_some();
  });
}

asio::ip::tcp::endpoint to_tcp(const Listener::Endpoint& endpoint) {
  asio::ip::tcp::endpoint address;
  std::memcpy(address.data(), endpoint.data(), std::min(endpoint.size(), address.capacity()));
  return address;
}

error_code probe(const asio::ip::tcp::endpoint& endpoint) {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context);
  error_code error;
  bind_to(acceptor, endpoint, Port::exclusive, error);
  return error;
}

}  // namespace sovereign::http
