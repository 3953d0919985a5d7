#include "support/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace sovereign::support {

ChildProcess::ChildProcess(const std::function<void(ChildProcess&)>& body) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  // Else the child prints what is still buffered here once more.
  std::fflush(nullptr);
  process_ = ::fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  const bool is_child = process_ == 0;
  socket_ = ends[is_child ? 1 : 0];
  ::close(ends[is_child ? 0 : 1]);
  if (!is_child) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  body(*this);
  std::fflush(nullptr);
  ::_exit(testing::Test::HasFailure() ? 1 : 0);
}

ChildProcess::~ChildProcess() {
  kill();
  ended_well();
  ::close(socket_);
}

void ChildProcess::send(const std::string& line) {
  const std::string bytes = line + '\n';
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto written = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (written <= 0) return;
    sent += static_cast<std::size_t>(written);
  }
}

std::string ChildProcess::receive() {
  for (;;) {
    if (const std::size_t end = received_.find('\n'); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    std::array<char, 4096> buffer;
    const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (size <= 0) return {};
    received_.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

void ChildProcess::kill() {
  if (process_ > 0) ::kill(process_, SIGKILL);
}

bool ChildProcess::ended_well() {
  if (process_ <= 0) return false;
  int status = 0;
  ::waitpid(process_, &status, 0);
  process_ = 0;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace sovereign::support
