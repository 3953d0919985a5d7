// For tests: a mail server that takes one connection, plays a fixed part and records what it hears.
#pragma once

#include <string>
#include <thread>
#include <vector>

namespace sovereign::mail {

enum class SinkPart {
  accept,        ///< Takes the mail.
  refuse_login,  ///< 535 to AUTH.
  busy,          ///< 451 to RCPT.
  hang_up,       ///< Closes after MAIL.
  silent,        ///< Accepts the connection and says nothing.
};

class SmtpSink {
 public:
  explicit SmtpSink(SinkPart part);
  /// Ends the connection if it is still there.
  ~SmtpSink();
  SmtpSink(const SmtpSink&) = delete;
  SmtpSink& operator=(const SmtpSink&) = delete;

  std::uint16_t port() const { return port_; }

  /// Waits for the end of the connection; the commands, and the mail's lines, as received.
  struct Record {
    std::vector<std::string> commands;
    std::string mail;
  };
  const Record& record();

 private:
  void serve();
  void talk(int connection);
  /// The answer to a command; empty to hang up.
  std::string answer(const std::string& command) const;

  const SinkPart part_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};  ///< A pipe that wakes the thread.
  std::uint16_t port_ = 0;
  Record record_;
  std::thread thread_;
};

}  // namespace sovereign::mail
