#include "http/server.hpp"

#include <fmt/format.h>

#include "http/loop.hpp"
#include "http/unix_socket.hpp"

namespace sovereign::http {

namespace asio = boost::asio;
using boost::system::error_code;

class Server::Implementation {
 public:
  Implementation(ServerOptions options, Application& application)
      : options_(std::move(options)),
        application_(application),
        quota_(options_.limits.connections, options_.limits.connections_per_address) {}

  Result<void> listen();
  Result<void> start();
  bool stop(std::chrono::milliseconds drain);
  void clear();

  std::uint16_t port() const { return port_; }
  const ConnectionQuota& quota() const { return quota_; }

  std::vector<asio::any_io_executor> executors() {
    std::vector<asio::any_io_executor> found;
    for (const auto& loop : loops_) found.emplace_back(loop->context().get_executor());
    return found;
  }

 private:
  std::size_t loop_count() const {
    return options_.loops > 0 ? options_.loops : std::max(1U, std::thread::hardware_concurrency());
  }
  Result<void> bind();
  Result<void> bind_locally();
  Failure cannot_listen(const error_code& error) const {
    return base::fail(ErrorCode::unavailable,
                      fmt::format("Cannot listen on {}:{}: {}. Choose another address or port, or "
                                  "stop the program that uses this one.",
                                  options_.address, options_.port, error.message()));
  }

  const ServerOptions options_;
  Application& application_;
  ConnectionQuota quota_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::optional<UnixSocketFile> unix_socket_;
  std::uint16_t port_ = 0;
  bool running_ = false;
};

Result<void> Server::Implementation::listen() {
  auto bound = bind();
  if (bound && options_.unix_socket) bound = bind_locally();
  if (!bound) {
    loops_.clear();
    unix_socket_.reset();
    return bound;
  }
  for (std::size_t i = 0; i < loops_.size(); ++i) loops_[i]->run(fmt::format("http-{}", i));
  running_ = true;
  return {};
}

Result<void> Server::Implementation::start() {
  if (!running_) {
    if (auto listening = listen(); !listening) return listening;
  }
  for (const auto& loop : loops_) loop->start();
  return {};
}

void Server::Implementation::clear() {
  for (const auto& loop : loops_) loop->abandon();
  unix_socket_.reset();
}

Result<void> Server::Implementation::bind() {
  error_code error;
  const auto address = asio::ip::make_address(options_.address, error);
  if (error) return cannot_listen(error);
  asio::ip::tcp::endpoint endpoint(address, options_.port);
  if (options_.port != 0) error = probe(endpoint);
  if (error) return cannot_listen(error);
  for (std::size_t i = 0; i < loop_count(); ++i) {
    loops_.push_back(std::make_unique<Loop>(options_, application_, quota_));
    endpoint = loops_.back()->listen(endpoint, error);
    if (error) return cannot_listen(error);
  }
  port_ = endpoint.port();
  return {};
}

Result<void> Server::Implementation::bind_locally() {
  auto bound = UnixSocketFile::bind(options_.unix_socket->path, options_.unix_socket->mode);
  if (!bound) return Failure(std::move(bound.error()));
  unix_socket_.emplace(std::move(*bound));
  error_code error;
  loops_.front()->adopt(unix_socket_->release_descriptor(), error);
  if (error) return cannot_listen(error);
  return {};
}

bool Server::Implementation::stop(std::chrono::milliseconds drain) {
  if (!running_) return true;
  running_ = false;
  if (unix_socket_) unix_socket_->remove();  // Whoever connects now is told that nobody is here.
  const auto until = std::chrono::steady_clock::now() + drain;
  std::vector<std::future<void>> drained;
  for (const auto& loop : loops_) drained.push_back(loop->drain());
  bool finished = true;
  for (const auto& done : drained) {
    finished = done.wait_until(until) == std::future_status::ready && finished;
  }
  for (const auto& loop : loops_) loop->stop();
  return finished;
}

Server::Server(ServerOptions options, Application& application)
    : implementation_(std::make_unique<Implementation>(std::move(options), application)) {}

Server::~Server() { stop(std::chrono::milliseconds{0}); }

Result<void> Server::listen() { return implementation_->listen(); }

Result<void> Server::start() { return implementation_->start(); }

std::uint16_t Server::port() const { return implementation_->port(); }

std::vector<asio::any_io_executor> Server::executors() { return implementation_->executors(); }

bool Server::stop(std::chrono::milliseconds drain) { return implementation_->stop(drain); }

void Server::clear() {
  stop(std::chrono::milliseconds{0});
  implementation_->clear();
}

ServerStatus Server::status() const {
  const auto& quota = implementation_->quota();
  return {.open_connections = quota.open(),
          .accepted_connections = quota.accepted(),
          .refused_connections = quota.refused()};
}

}  // namespace sovereign::http
