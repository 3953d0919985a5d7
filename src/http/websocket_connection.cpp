#include "http/websocket_connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <optional>
#include <string_view>
#include <utility>

#include "http/websocket.hpp"

namespace sovereign::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds kHandshakeTimeout{3};  // For closing too, until the client hung up.
constexpr std::size_t kReasonBytes = 123;

using Handshake = beast::http::request<beast::http::empty_body>;

Handshake handshake_of(const Request& request) {
  Handshake handshake(beast::http::verb::get, request.target, 11);
  for (const auto& header : request.headers) handshake.insert(header.name, header.value);
  return handshake;
}

websocket::close_reason reason_of(const WebSocketClose& close) {
  const std::string_view reason = close.reason;
  return {static_cast<websocket::close_code>(close.code), reason.substr(0, kReasonBytes)};
}

}  // namespace

class WebSocketConnection::Implementation final : public StreamWriter {
 public:
  Implementation(Socket& socket, const Request& request, Response response)
      : stream_(socket),
        handshake_(handshake_of(request)),
        session_(std::move(response.websocket)),
        reader_ended_(socket.get_executor(), asio::steady_timer::time_point::max()) {
    stream_.set_option(websocket::stream_base::timeout{.handshake_timeout = kHandshakeTimeout,
                                                       .idle_timeout = WebSocketLimits::kSilence,
                                                       .keep_alive_pings = true});
    stream_.set_option(websocket::stream_base::decorator(
        [headers = std::move(response.headers)](websocket::response_type& answer) {
          answer.erase(beast::http::field::server);
          for (const auto& header : headers) answer.insert(header.name, header.value);
        }));
    stream_.read_message_max(WebSocketLimits::kMessageBytes);
    stream_.text(true);
  }

  asio::awaitable<void> run() {
    error_code error;
    co_await stream_.async_accept(handshake_, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    asio::co_spawn(stream_.get_executor(), read(), [this](const std::exception_ptr&) {
      reader_is_running_ = false;
      reader_ended_.cancel();
    });
    auto running = session_->run(*this);
    auto close = co_await std::move(running);
    if (!closing_) closing_ = std::move(close);
    if (stream_.is_open()) {
      const auto reason = reason_of(*closing_);
      co_await stream_.async_close(reason, asio::redirect_error(asio::use_awaitable, error));
    }
    while (reader_is_running_) {
      co_await reader_ended_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
  }

  asio::awaitable<bool> write(std::string_view bytes) override {
    if (closing_ || !stream_.is_open()) co_return false;
    error_code error;
    co_await stream_.async_write(asio::buffer(bytes),
                                 asio::redirect_error(asio::use_awaitable, error));
    if (!error) sent_bytes_ += bytes.size();
    co_return !error && !closing_;
  }

  void stop() { session_->stop(); }
  std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  asio::awaitable<void> read() {
    beast::flat_buffer buffer;
    while (!closing_) {
      buffer.clear();
      error_code error;
      co_await stream_.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
      if (error) break;
      auto close = take_message({static_cast<const char*>(buffer.data().data()), buffer.size()});
      if (close && !closing_) closing_ = std::move(close);
    }
    session_->stop();
  }

  std::optional<WebSocketClose> take_message(std::string_view message) {
    if (!stream_.got_text()) {
      return WebSocketClose{WebSocketCode::unsupported_data, "only text messages are read"};
    }
    return session_->received(message);
  }

  websocket::stream<Socket&> stream_;
  const Handshake handshake_;
  const std::unique_ptr<WebSocketSession> session_;
  asio::steady_timer reader_ended_;
  bool reader_is_running_ = true;
  std::optional<WebSocketClose> closing_;
  std::uint64_t sent_bytes_ = 0;
};

WebSocketConnection::WebSocketConnection(Socket& socket, const Request& request, Response response)
    : implementation_(std::make_unique<Implementation>(socket, request, std::move(response))) {}

WebSocketConnection::~WebSocketConnection() = default;

asio::awaitable<void> WebSocketConnection::run() { return implementation_->run(); }

void WebSocketConnection::stop() { implementation_->stop(); }

std::uint64_t WebSocketConnection::sent_bytes() const { return implementation_->sent_bytes(); }

}  // namespace sovereign::http
