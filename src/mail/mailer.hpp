// Sends mail: into a folder by default, by SMTP when one is configured.
#pragma once

#include <string>

#include "async/task.hpp"

namespace sovereign::mail {

/// A plain text mail in UTF-8.
struct Message {
  std::string to;       ///< One bare address: `user@example.com`.
  std::string subject;  ///< One line.
  std::string text;     ///< Lines end with LF or CRLF.
};

class Mailer {
 public:
  virtual ~Mailer() = default;

  /// Done when the mail is on disk, or accepted by the mail server. Errors: `unprocessable` for an
  /// address or subject that no mail can have; `unavailable` when it cannot be handed over now;
  /// `timed_out` when the mail server takes too long.
  virtual Task<void> send(Message message) = 0;
};

}  // namespace sovereign::mail
