// The reference for tool calls through the Core: the least that three processes can do. A client
// sends 256-byte frames over a Unix-domain socket to a relay, which passes them on to an echoing
// agent over another one, and the answers back. No JSON, no checks, no audit.
//
//   core_relay [frames]     prints median and 99th percentile of a round trip and the rate, with
//   one
//                           frame and with 64 in flight
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kFrameBytes = 256;
constexpr std::size_t kBufferBytes = 64 * kFrameBytes;

using Frame = std::array<char, kFrameBytes>;

[[noreturn]] void stop(std::string_view what) {
  fmt::print(stderr, "{}: {}\n", what, std::strerror(errno));
  std::_Exit(1);
}

std::pair<int, int> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) stop("socketpair");
  return {ends[0], ends[1]};
}

/// False at the end of the stream.
bool read_all(int fd, char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::read(fd, out, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) stop("read");
    if (got == 0) return false;
    out += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

void write_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) stop("write");
    bytes += written;
    size -= static_cast<std::size_t>(written);
  }
}

/// Passes on what is there to be read. False at the end of the stream.
bool pass_on(int from, int to) {
  std::array<char, kBufferBytes> buffer;
  const ssize_t got = ::read(from, buffer.data(), buffer.size());
  if (got < 0) stop("read");
  write_all(to, buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

void echo(int fd) {
  while (pass_on(fd, fd)) {
  }
}

void relay(int client, int agent) {
  std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{agent, POLLIN, 0}};
  for (;;) {
    if (::poll(ends.data(), ends.size(), -1) < 0) stop("poll");
    if (ends[0].revents != 0 && !pass_on(client, agent)) return;
    if (ends[1].revents != 0 && !pass_on(agent, client)) return;
  }
}

/// Runs `work` in a process of its own, after closing the others' ends.
template <typename Work>
pid_t start(const std::vector<int>& close_first, Work work) {
  const pid_t child = ::fork();
  if (child < 0) stop("fork");
  if (child > 0) return child;
  for (const int fd : close_first) ::close(fd);
  work();
  std::_Exit(0);
}

/// Round trips in microseconds; `in_flight` frames are under way all the time.
std::vector<double> measure(int fd, std::size_t frames, std::size_t in_flight) {
  std::vector<Clock::time_point> sent(frames);
  std::vector<double> trips(frames);
  Frame frame{};
  std::size_t next = 0;
  const auto send_next = [&] {
    sent[next++] = Clock::now();
    write_all(fd, frame.data(), frame.size());
  };
  while (next < std::min(in_flight, frames)) send_next();
  for (std::size_t done = 0; done < frames; ++done) {
    Frame answer;
    if (!read_all(fd, answer.data(), answer.size())) stop("the relay ended");
    trips[done] = std::chrono::duration<double, std::micro>(Clock::now() - sent[done]).count();
    if (next < frames) send_next();
  }
  return trips;
}

void report(int fd, std::size_t frames, std::size_t in_flight) {
  const auto start_time = Clock::now();
  auto trips = measure(fd, frames, in_flight);
  const double seconds = std::chrono::duration<double>(Clock::now() - start_time).count();
  std::ranges::sort(trips);
  const auto at = [&](double quantile) {
    return trips[static_cast<std::size_t>(quantile * static_cast<double>(frames - 1))];
  };
  fmt::print("relay, {:>2} in flight   p50 {:>7.1f} us  p99 {:>7.1f} us  {:>8.0f}/s\n", in_flight,
             at(0.5), at(0.99), static_cast<double>(frames) / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const long wanted = argc > 1 ? std::atol(argv[1]) : 100'000;
  const auto frames = static_cast<std::size_t>(std::max(wanted, 1L));
  const auto [client, relay_front] = socket_pair();
  const auto [relay_back, agent] = socket_pair();
  const pid_t agent_process = start({client, relay_front, relay_back}, [fd = agent] { echo(fd); });
  const pid_t relay_process =
      start({client, agent}, [front = relay_front, back = relay_back] { relay(front, back); });
  for (const int fd : {relay_front, relay_back, agent}) ::close(fd);
  (void)measure(client, std::min<std::size_t>(frames, 1000), 1);
  report(client, frames, 1);
  report(client, frames, 64);
  ::close(client);
  for (const pid_t child : {relay_process, agent_process}) ::waitpid(child, nullptr, 0);
  return 0;
}
