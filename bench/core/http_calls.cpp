// Calls tools through the Core's HTTP API over its Unix-domain socket, as programs of the operator
// do: one kept-alive connection for each call under way.
//
//   core_http_calls SOCKET CALLS IN_FLIGHT BYTES TOOL_ID...     prints JSON as round_trips.hpp says
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>

#include "round_trips.hpp"

namespace {

using sovereign::bench::Ending;
using sovereign::bench::RoundTrips;

[[noreturn]] void stop(std::string_view what) {
  fmt::print(stderr, "{}: {}\n", what, std::strerror(errno));
  std::_Exit(1);
}

class Connection {
 public:
  Connection(std::string_view path, std::string request)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), request_(std::move(request)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path.substr(0, sizeof address.sun_path - 1), address.sun_path);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      stop("connect");
  }

  int fd() const { return fd_; }

  void send(std::size_t number) {
    number_ = number;
    received_.clear();
    // As long as this a request always fits into an empty socket.
    if (::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request_.size())) {
      stop("send");
    }
  }

  /// Reads what is there; true when the answer is whole.
  bool receive() {
    std::array<char, 16 * 1024> buffer;
    const ssize_t bytes = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (bytes <= 0) stop("recv");
    received_.append(buffer.data(), static_cast<std::size_t>(bytes));
    const auto head = received_.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    constexpr std::string_view kLength = "Content-Length: ";
    const auto length = received_.find(kLength);
    if (length > head) stop("an answer without length");
    std::size_t body = 0;
    const char* first = received_.data() + length + kLength.size();
    std::from_chars(first, received_.data() + head, body);
    return received_.size() >= head + 4 + body;
  }

  std::size_t number() const { return number_; }
  Ending ending() const {
    const bool is_well =
        received_.starts_with("HTTP/1.1 200") && received_.contains(R"("status":"succeeded")");
    return is_well ? Ending::well : Ending::failed;
  }

 private:
  int fd_;
  const std::string request_;
  std::string received_;
  std::size_t number_ = 0;
};

std::string request_for(std::string_view tool, std::size_t bytes) {
  const std::string body = fmt::format(R"({{"input":{}}})", sovereign::bench::input_of(bytes));
  return fmt::format(
      "POST /api/v1/tools/{}/call HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
      "application/json\r\nContent-Length: {}\r\n\r\n{}",
      tool, body.size(), body);
}

void run(std::vector<Connection>& connections, RoundTrips& trips, std::size_t calls) {
  const int events = ::epoll_create1(EPOLL_CLOEXEC);
  for (auto& connection : connections) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
    ::epoll_ctl(events, EPOLL_CTL_ADD, connection.fd(), &event);
    if (trips.begun() < calls) connection.send(trips.begin());
  }
  std::array<epoll_event, 64> ready;
  while (trips.ended() < calls) {
    const int count = ::epoll_wait(events, ready.data(), ready.size(), -1);
    if (count < 0) stop("epoll_wait");
    for (const auto& event : std::span(ready).first(static_cast<std::size_t>(count))) {
      auto& connection = *static_cast<Connection*>(event.data.ptr);
      if (!connection.receive()) continue;
      trips.end(connection.number(), connection.ending());
      if (trips.begun() < calls) connection.send(trips.begin());
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::span arguments(argv, static_cast<std::size_t>(argc));
  const std::size_t calls = std::strtoul(arguments[2], nullptr, 10);
  const std::size_t in_flight = std::strtoul(arguments[3], nullptr, 10);
  const std::size_t bytes = std::strtoul(arguments[4], nullptr, 10);
  const auto tools = arguments.subspan(5);
  std::vector<Connection> connections;
  connections.reserve(in_flight);
  for (std::size_t i = 0; i < in_flight; ++i)
    connections.emplace_back(arguments[1], request_for(tools[i % tools.size()], bytes));
  RoundTrips trips(calls);
  run(connections, trips, calls);
  fmt::print("{}\n", trips.report());
  return 0;
}
