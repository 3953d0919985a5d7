#include "support/http_client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace sovereign::support {

namespace {

[[noreturn]] void fail(std::string_view what) {
  throw std::runtime_error(fmt::format("http client: {}: {}", what, std::strerror(errno)));
}

HttpResponse parse_head(std::string head) {
  HttpResponse response;
  if (!head.starts_with("HTTP/1.1 ")) throw std::runtime_error("not a response: " + head);
  response.status = std::stoi(head.substr(9, 3));
  std::size_t at = head.find("\r\n") + 2;
  while (at < head.size() - 2) {
    const auto end = head.find("\r\n", at);
    const auto colon = head.find(": ", at);
    if (colon >= end) throw std::runtime_error("bad header in: " + head);
    response.headers.emplace_back(head.substr(at, colon - at),
                                  head.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  response.head = std::move(head);
  return response;
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (known.size() == name.size() && strncasecmp(known.data(), name.data(), name.size()) == 0) {
      return value;
    }
  }
  return {};
}

bool HttpResponse::has_header(std::string_view name) const {
  for (const auto& entry : headers) {
    if (entry.first.size() == name.size() &&
        strncasecmp(entry.first.data(), name.data(), name.size()) == 0) {
      return true;
    }
  }
  return false;
}

HttpClient::HttpClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(&address, sizeof address);
}

HttpClient::HttpClient(const std::filesystem::path& socket)
    : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.native().copy(address.sun_path, sizeof address.sun_path - 1);
  connect(&address, sizeof address);
}

void HttpClient::connect(const void* address, std::size_t size) {
  const timeval patience{.tv_sec = kPatience.count(), .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket_, static_cast<const sockaddr*>(address), static_cast<socklen_t>(size)) !=
      0) {
    ::close(socket_);
    fail("connect");
  }
}

HttpClient::~HttpClient() { ::close(socket_); }

void HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void HttpClient::send_until_closed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
    if (sent < 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void HttpClient::shutdown_send() { ::shutdown(socket_, SHUT_WR); }

void HttpClient::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(std::exchange(socket_, -1));
}

HttpResponse HttpClient::read_response(Body body) {
  std::size_t end = 0;
  while ((end = held_.find("\r\n\r\n")) == held_.npos) {
    if (!receive()) throw std::runtime_error("closed before a response; got: " + held_);
  }
  auto response = parse_head(held_.substr(0, end + 2));
  held_.erase(0, end + 4);
  if (body == Body::none || has_no_body(response.status)) return response;
  response.body = take(std::stoul(response.header("Content-Length")));
  return response;
}

std::string HttpClient::read_chunk() {
  const auto length = std::stoul(take_line(), nullptr, 16);
  auto chunk = take(length);
  take_line();
  return chunk;
}

std::string HttpClient::take(std::size_t bytes) {
  while (held_.size() < bytes) {
    if (!receive()) throw std::runtime_error("closed inside a response's body");
  }
  auto taken = held_.substr(0, bytes);
  held_.erase(0, bytes);
  return taken;
}

std::string HttpClient::take_line() {
  while (held_.find("\r\n") == held_.npos) {
    if (!receive()) throw std::runtime_error("closed inside a response's body");
  }
  auto line = take(held_.find("\r\n"));
  take(2);
  return line;
}

std::string HttpClient::read_until_closed() {
  while (receive()) {
  }
  return std::exchange(held_, {});
}

bool HttpClient::wait_readable(std::chrono::milliseconds time) {
  pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(time.count())) > 0;
}

HttpResponse HttpClient::request(std::string_view method, std::string_view target,
                                 std::string_view extra_headers, std::string_view body) {
  std::string text =
      fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n{}", method, target, extra_headers);
  if (!body.empty()) text += fmt::format("Content-Length: {}\r\n", body.size());
  text += "\r\n";
  text += body;
  send(text);
  return read_response(method == "HEAD" ? Body::none : Body::as_announced);
}

bool HttpClient::receive() {
  std::array<char, 16 * 1024> buffer;
  const auto received = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (received < 0 && errno == ECONNRESET) return false;
  if (received < 0) fail("receive");
  held_.append(buffer.data(), static_cast<std::size_t>(received));
  return received > 0;
}

}  // namespace sovereign::support
