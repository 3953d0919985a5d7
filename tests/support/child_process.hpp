// A forked copy of the test program: for what only another process can do (hold a lock, be killed)
// or what must not touch this one (resource limits).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace sovereign::support {

class ChildProcess {
 public:
  /// Runs `body` in a child and ends it with status 0, or 1 when a GoogleTest expectation failed
  /// there. Fork before you start threads. The child dies with the test program.
  explicit ChildProcess(const std::function<void(ChildProcess&)>& body);
  /// Kills what still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// To the other side, whole, or nothing once that side is gone.
  void send(const std::string& line);
  /// The next line from the other side; empty once it is gone.
  std::string receive();

  /// SIGKILL. What it had sent can still be received.
  void kill();
  /// Waits for its end; true when it ended well.
  bool ended_well();

 private:
  pid_t process_ = 0;
  int socket_ = -1;
  std::string received_;
};

}  // namespace sovereign::support
