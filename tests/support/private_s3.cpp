#include "support/private_s3.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace sovereign::support {
namespace {

using Pipe = std::array<int, 2>;

Pipe make_pipe() {
  Pipe ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("s3: pipe failed");
  return ends;
}

[[noreturn]] void become_server(int input, int output, const std::string& folder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  // The path as its name too: Python looks for its library beside the program of that name.
  ::execl("/usr/bin/python3", "/usr/bin/python3", S3_SERVER, folder.c_str(), PrivateS3::kBucket,
          nullptr);
  ::_exit(127);
}

std::string read_line(int descriptor) {
  std::string line;
  for (char c = 0; ::read(descriptor, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

PrivateS3::PrivateS3() {
  const auto input = make_pipe();
  const auto output = make_pipe();
  process_ = ::fork();
  if (process_ == 0) become_server(input[0], output[1], folder_.path().string());
  ::close(input[0]);
  ::close(output[1]);
  input_ = input[1];
  port_ = read_line(output[0]);
  ::close(output[0]);
  if (port_.empty()) {
    throw std::runtime_error("s3_server.py did not start; it needs Debian's python3-swift");
  }
}

PrivateS3::~PrivateS3() {
  ::close(input_);
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

PrivateS3& PrivateS3::shared() {
  static PrivateS3 server;
  return server;
}

}  // namespace sovereign::support
