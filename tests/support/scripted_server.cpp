#include "support/scripted_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <exception>
#include <thread>

namespace sovereign::support {

namespace asio = boost::asio;
using asio::ip::tcp;

ScriptedConnection::ScriptedConnection(Socket socket, asio::ssl::context* tls, int number)
    : socket_(std::move(socket)), number_(number) {
  if (tls != nullptr) tls_.emplace(socket_, *tls);
}

asio::awaitable<void> ScriptedConnection::shake_hands() {
  if (tls_) co_await tls_->async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
}

asio::awaitable<std::size_t> ScriptedConnection::read_some() {
  std::array<char, 16 * 1024> block;
  std::size_t count = 0;
  if (tls_) {
    count = co_await tls_->async_read_some(asio::buffer(block), asio::use_awaitable);
  } else {
    count = co_await socket_.async_read_some(asio::buffer(block), asio::use_awaitable);
  }
  held_.append(block.data(), count);
  co_return count;
}

asio::awaitable<std::string> ScriptedConnection::read_request() {
  while (held_.find("\r\n\r\n") == held_.npos) co_await read_some();
  const auto head_end = held_.find("\r\n\r\n") + 4;
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  const auto at = held_.find(kLength);
  const std::size_t body =
      at < head_end ? std::stoul(held_.substr(at + kLength.size())) : std::size_t{0};
  while (held_.size() < head_end + body) co_await read_some();
  std::string request = held_.substr(0, head_end + body);
  held_.erase(0, request.size());
  co_return request;
}

asio::awaitable<void> ScriptedConnection::write(std::string_view bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (tls_) {
    co_await asio::async_write(*tls_, buffer, asio::use_awaitable);
  } else {
    co_await asio::async_write(socket_, buffer, asio::use_awaitable);
  }
}

asio::awaitable<void> ScriptedConnection::wait_closed() {
  boost::system::error_code error;
  std::array<char, 1024> block;
  while (!error) {
    co_await socket_.async_read_some(asio::buffer(block),
                                     asio::redirect_error(asio::use_awaitable, error));
  }
}

class ScriptedServer::Implementation {
 public:
  Implementation(Script script, const std::optional<Tls>& tls)
      : script_(std::move(script)),
        acceptor_(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    if (tls) {
      tls_.emplace(asio::ssl::context::tls_server);
      tls_->use_certificate_chain_file(tls->certificate_file);
      tls_->use_private_key_file(tls->key_file, asio::ssl::context::pem);
    }
    asio::co_spawn(loop_, accept(), [](const std::exception_ptr&) {});
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Implementation() {
    loop_.stop();
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
      asio::co_spawn(loop_, serve(std::move(socket), ++connections_),
                     [](const std::exception_ptr&) {});
    }
  }

  asio::awaitable<void> serve(tcp::socket socket, int number) {
    ScriptedConnection connection(std::move(socket), tls_ ? &*tls_ : nullptr, number);
    co_await connection.shake_hands();
    co_await script_(connection);
  }

  asio::io_context loop_{1};
  const Script script_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::optional<asio::ssl::context> tls_;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

ScriptedServer::ScriptedServer(Script script, std::optional<Tls> tls)
    : implementation_(std::make_unique<Implementation>(std::move(script), tls)) {}
ScriptedServer::~ScriptedServer() = default;

std::uint16_t ScriptedServer::port() const { return implementation_->port(); }
int ScriptedServer::connections() const { return implementation_->connections(); }
std::string ScriptedServer::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", port(), path);
}

std::string ok_response(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

}  // namespace sovereign::support
