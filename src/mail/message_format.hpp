// The text of a mail: RFC 5322 headers, RFC 2047 encoded words, RFC 2045 quoted-printable. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "mail/mailer.hpp"

namespace sovereign::mail {

/// A bare address as RFC 5321 writes it, without quoted local parts and address literals: ASCII,
/// local part of 64 bytes at most, 254 in all, a domain of letter-digit-hyphen labels.
bool is_address(std::string_view text);

/// What a mail has beside its message.
struct Envelope {
  std::string from;        ///< A bare address.
  std::string message_id;  ///< Left part of the Message-ID; its right part is the domain of `from`.
  Timestamp date{};
};

/// The mail with CRLF line ends, all ASCII, no line over 78 bytes.
/// Error: `unprocessable` for a bad address, or a subject that is not UTF-8, holds a control
/// character (so no header can be added), or is longer than 900 bytes; or a text that is not UTF-8
/// or holds NUL.
Result<std::string> format_message(const Message& message, const Envelope& envelope);

}  // namespace sovereign::mail
