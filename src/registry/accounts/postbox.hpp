// The seam to the mail: letters are handed over and the request goes on, so that its time does not
// depend on whether there was one to send.
#pragma once

#include "mail/mailer.hpp"

namespace sovereign::registry {

class Postbox {
 public:
  virtual ~Postbox() = default;
  /// Takes the message over; returns at once, from any thread. What becomes of it is the postbox's
  /// business: a letter that is lost can be asked for again. It holds a secret link: never log it.
  virtual void post(mail::Message message) = 0;
};

}  // namespace sovereign::registry
