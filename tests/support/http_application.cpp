#include "support/http_application.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <stdexcept>

#include "support/http_client.hpp"

namespace sovereign::support {

namespace asio = boost::asio;

namespace {

http::Response plain(std::string text) {
  return {.content_type = "text/plain", .body = std::move(text)};
}

asio::awaitable<http::Response> later(http::Response response) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return response;
}

asio::awaitable<http::Response> throw_later() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  throw std::runtime_error("thrown on purpose");
}

http::Response fixed() {
  http::Response response{.body = std::string(2000, 'f'), .etag = "\"v1\""};
  response.cache_control = "public, max-age=60";
  response.headers.push_back({"X-Extra", "yes"});
  return response;
}

http::Response injecting() {
  http::Response response = plain("safe");
  response.headers.push_back({"X-Bad", "a\r\nX-Injected: 1"});
  response.headers.push_back({"X-Nul", std::string("a\0b", 3)});
  response.headers.push_back({"Content-Length", "9999"});
  response.headers.push_back({"Transfer-Encoding", "chunked"});
  response.headers.push_back({"X-Good", "kept"});
  response.etag = "\"a\r\nX-Injected: 2\"";
  return response;
}

}  // namespace

http::Handling EchoApplication::handle(http::Request& request) {
  {
    const std::lock_guard lock(mutex_);
    handled_.emplace_back(request.target);
  }
  const auto number = [&] { return std::stoul(std::string(request.query)); };
  if (request.path == "/stall") return stall(request);
  if (request.path == "/later") return later(echo(request));
  if (request.path == "/throw") throw std::runtime_error("thrown on purpose");
  if (request.path == "/throw-later") return throw_later();
  if (request.path == "/fixed") return fixed();
  if (request.path == "/break") return injecting();
  if (request.path == "/status") {
    auto response = plain("with a body");
    response.status = static_cast<int>(number());
    return response;
  }
  if (request.path == "/large") {
    const http::SharedBytes bytes{nullptr, std::string_view(large_body).substr(0, number())};
    return http::Response{.content_type = "application/octet-stream", .body = bytes};
  }
  return echo(request);
}

http::Response EchoApplication::echo(const http::Request& request) const {
  std::string text(http::to_string(request.method));
  text.append(" ").append(request.path).append(" ?").append(request.query).append("\n");
  return plain(text.append(request.body));
}

http::Response EchoApplication::refuse(int status, std::string_view detail, http::Request&) {
  auto response = plain(std::string(detail));
  response.status = status;
  return response;
}

void EchoApplication::completed(const http::Request&, const http::Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  outcomes_.push_back(outcome);
  changed_.notify_all();
}

asio::awaitable<http::Response> EchoApplication::stall(const http::Request& request) {
  count(stalled_);
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::hours(1));
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  auto response = echo(request);  // The request must still be there.
  count(unstalled_);
  co_return response;
}

std::vector<std::string> EchoApplication::handled() const {
  const std::lock_guard lock(mutex_);
  return handled_;
}

std::vector<http::Outcome> EchoApplication::wait_completed(std::size_t count) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return outcomes_.size() >= count; })) {
    throw std::runtime_error("requests were not completed in time");
  }
  return outcomes_;
}

void EchoApplication::wait_stalled(std::size_t count) const { wait_for(stalled_, count); }
void EchoApplication::wait_unstalled(std::size_t count) const { wait_for(unstalled_, count); }

void EchoApplication::count(std::size_t& counter) {
  const std::lock_guard lock(mutex_);
  ++counter;
  changed_.notify_all();
}

void EchoApplication::wait_for(const std::size_t& counter, std::size_t count) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kPatience, [&] { return counter >= count; })) {
    throw std::runtime_error("a coroutine did not get there in time");
  }
}

}  // namespace sovereign::support
