#include "cache/redis_socket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace sovereign::cache {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
using boost::system::error_code;

Failure lost(std::string_view step, const error_code& error) {
  return base::fail(ErrorCode::unavailable, "Redis cannot be reached.",
                    std::string(step) + ": " + error.message());
}

Result<void> outcome(std::string_view step, const error_code& error) {
  if (error) return lost(step, error);
  return {};
}

}  // namespace

Result<std::unique_ptr<asio::ssl::context>> make_tls_context(const std::string& ca_file) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  error_code error;
  context->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  context->set_verify_mode(asio::ssl::verify_peer);
  if (ca_file.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(ca_file, error);
  }
  if (error) {
    return base::fail(ErrorCode::malformed, "names certificates to trust that cannot be read",
                      error.message());
  }
  return context;
}

RedisSocket::RedisSocket(asio::io_context& loop, asio::ssl::context* tls)
    : resolver_(loop), socket_(loop), tls_context_(tls) {}

Task<void> RedisSocket::connect(const RedisNode& node) {
  const auto port = std::to_string(node.port);
  auto [error, found] = co_await resolver_.async_resolve(
      node.host, port, asio::ip::resolver_base::numeric_service, kAwait);
  if (error) co_return lost("resolve", error);
  for (const auto& entry : found) {
    if (is_closed_) break;
    error_code ignored;
    socket_.close(ignored);
    const asio::generic::stream_protocol::endpoint endpoint = entry.endpoint();
    std::tie(error) = co_await socket_.async_connect(endpoint, kAwait);
    if (!error) break;
  }
  if (is_closed_) error = asio::error::operation_aborted;
  if (error) co_return lost("connect", error);
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  if (tls_context_ == nullptr) co_return Result<void>();
  auto shaking = shake_hands(node.host);
  co_return co_await std::move(shaking);
}

Task<void> RedisSocket::connect(const std::string& socket_path) {
  const asio::generic::stream_protocol::endpoint endpoint =
      asio::local::stream_protocol::endpoint(socket_path);
  const auto [error] = co_await socket_.async_connect(endpoint, kAwait);
  co_return outcome("connect", error);
}

Task<void> RedisSocket::shake_hands(const std::string& host) {
  tls_.emplace(socket_, *tls_context_);
  // Names only: an address in the name extension is against RFC 6066.
  error_code is_name;
  (void)asio::ip::make_address(host, is_name);
  if (is_name) SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  tls_->set_verify_callback(asio::ssl::host_name_verification(host));
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwait);
  co_return outcome("TLS", error);
}

Task<std::string_view> RedisSocket::read() {
  const auto space = asio::buffer(buffer_);
  error_code error;
  std::size_t count = 0;
  if (tls_) {
    std::tie(error, count) = co_await tls_->async_read_some(space, kAwait);
  } else {
    std::tie(error, count) = co_await socket_.async_read_some(space, kAwait);
  }
  if (error) co_return lost("read", error);
  co_return std::string_view(buffer_.data(), count);
}

Task<void> RedisSocket::write(std::string_view bytes) {
  const auto content = asio::buffer(bytes.data(), bytes.size());
  error_code error;
  std::size_t count = 0;
  if (tls_) {
    std::tie(error, count) = co_await asio::async_write(*tls_, content, kAwait);
  } else {
    std::tie(error, count) = co_await asio::async_write(socket_, content, kAwait);
  }
  co_return outcome("write", error);
}

void RedisSocket::close() {
  is_closed_ = true;
  error_code ignored;
  resolver_.cancel();
  socket_.close(ignored);
}

}  // namespace sovereign::cache
