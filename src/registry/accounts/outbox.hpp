// The seam to the mail: letters are handed over and the request goes on, so that its time does not
// depend on whether there was one to send.
#pragma once

#include <string>

namespace sovereign::registry {

struct Letter {
  std::string to;  ///< One address, checked by is_email().
  std::string subject;
  std::string text;  ///< Plain text, lines end in LF. Holds a secret link: never log it.
};

class Outbox {
 public:
  virtual ~Outbox() = default;
  /// Takes the letter over; returns at once, from any thread. What becomes of it is the mail's
  /// business: a letter that is lost can be asked for again.
  virtual void post(Letter letter) = 0;
};

}  // namespace sovereign::registry
