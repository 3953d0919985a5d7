#include "support/private_redis.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace sovereign::support {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kStartLimit = 30s;

[[noreturn]] void run_program(const std::vector<std::string>& words, int output, pid_t parent) {
  std::vector<char*> arguments;
  for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(126);
  ::setpgid(0, 0);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

pid_t spawn(const std::vector<std::string>& words, int output) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) run_program(words, output, parent);
  return child;
}

/// What it prints, without the last line's end. Throws when it fails.
std::string output_of(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe2");
  const pid_t child = spawn(words, ends[1]);
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t size = 0; (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(size));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error(words.front() + " failed: " + text);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

/// A port that was free a moment ago.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool bound =
      ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  if (!bound) throw std::system_error(errno, std::generic_category(), "no free port");
  return ntohs(address.sin_port);
}

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

PrivateRedis::PrivateRedis(Listen listen, std::vector<std::string> settings)
    : listen_(listen), settings_(std::move(settings)) {
  if (listen_ != Listen::unix_socket) port_ = free_port();
  if (listen_ == Listen::cluster_node) bus_port_ = free_port();
  if (listen_ == Listen::tls) make_certificate();
  start();
}

PrivateRedis::~PrivateRedis() { crash(); }

PrivateRedis& PrivateRedis::shared() {
  static PrivateRedis server;
  return server;
}

void PrivateRedis::make_certificate() const {
  output_of({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout", folder_.file("key.pem"), "-out",
             ca_file()});
}

std::vector<std::string> PrivateRedis::command() const {
  std::vector<std::string> words = {"redis-server",
                                    "--unixsocket",
                                    socket(),
                                    "--dir",
                                    folder_.path(),
                                    "--save",
                                    "",
                                    "--appendonly",
                                    "no",
                                    "--bind",
                                    "127.0.0.1",
                                    "--logfile",
                                    folder_.file("server.log")};
  const auto add = [&](std::initializer_list<std::string> more) {
    words.insert(words.end(), more);
  };
  const auto port = std::to_string(port_);
  if (listen_ == Listen::tls) {
    add({"--port", "0", "--tls-port", port, "--tls-cert-file", ca_file(), "--tls-key-file",
         folder_.file("key.pem"), "--tls-auth-clients", "no"});
  } else {
    add({"--port", port});
  }
  if (listen_ == Listen::cluster_node) {
    add({"--cluster-enabled", "yes", "--cluster-port", std::to_string(bus_port_),
         "--cluster-node-timeout", "1000"});
  }
  words.insert(words.end(), settings_.begin(), settings_.end());
  return words;
}

void PrivateRedis::start() {
  fs::remove(folder_.file("server.log"));
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  server_ = spawn(command(), nowhere);
  ::close(nowhere);
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  // The last line it logs of its start: the socket follows the port.
  while (read_text(folder_.file("server.log")).find("now ready to accept connections at") ==
         std::string::npos) {
    const bool is_gone = ::waitpid(server_, nullptr, WNOHANG) == server_;
    if (is_gone) server_ = 0;
    if (is_gone || std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("Redis did not start (is the package redis-server there?): " +
                               read_text(folder_.file("server.log")));
    }
    std::this_thread::sleep_for(2ms);
  }
}

std::string PrivateRedis::url(std::string_view credentials) const {
  switch (listen_) {
    case Listen::unix_socket: return fmt::format("unix://{}{}", credentials, socket());
    case Listen::tls:
      return fmt::format("rediss://{}localhost:{}?ssl_ca_certs={}", credentials, port_, ca_file());
    case Listen::tcp:
    case Listen::cluster_node: break;
  }
  return fmt::format("redis://{}127.0.0.1:{}", credentials, port_);
}

std::string PrivateRedis::ask(std::vector<std::string> words) const {
  words.insert(words.begin(), {"redis-cli", "-s", socket()});
  return output_of(words);
}

void PrivateRedis::crash() {
  if (server_ == 0) return;
  ::kill(server_, SIGKILL);
  ::waitpid(server_, nullptr, 0);
  server_ = 0;
}

void PrivateRedis::freeze() { ::kill(server_, SIGSTOP); }
void PrivateRedis::thaw() { ::kill(server_, SIGCONT); }

}  // namespace sovereign::support
