#include "mail/message_format.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace sovereign::mail {
namespace {

constexpr std::size_t kMaxSubjectBytes = 900;
constexpr std::size_t kMaxEncodedLine = 76;  // RFC 2045 section 6.7 (5)
constexpr std::size_t kMaxWordBytes = 42;    // "=?UTF-8?B?" + 56 + "?=" is 68 of the 75 allowed.

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_atom_character(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
}

/// Parts joined by single dots, each not empty and accepted by `accept`.
template <typename Accept>
bool are_dotted(std::string_view text, Accept accept) {
  for (;;) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    if (part.empty() || !accept(part)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_label(std::string_view text) {
  return text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_control(char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f; }

std::string to_base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto part = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < part.size() ? static_cast<std::uint8_t>(part[k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= part.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

/// The first bytes of UTF-8 text, at most `limit`, not ending inside a character.
std::string_view whole_characters(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (text[limit] & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

/// The subject as it is when it is short and plain ASCII, else as encoded words on folded lines.
std::string encode_subject(std::string_view subject) {
  const bool plain = subject.size() <= 60 && !subject.contains("=?") &&
                     std::ranges::all_of(subject, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (plain) return std::string(subject);
  std::string text;
  while (!subject.empty()) {
    const auto part = whole_characters(subject, kMaxWordBytes);
    if (!text.empty()) text += "\r\n ";
    text += "=?UTF-8?B?" + to_base64(part) + "?=";
    subject.remove_prefix(part.size());
  }
  return text;
}

/// One line of the body in quoted-printable, broken softly, ended by CRLF.
void append_line(std::string& out, std::string_view line) {
  std::size_t column = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_last = i + 1 == line.size();
    const bool is_blank = c == ' ' || c == '\t';
    // A dot alone ends the mail for servers that get dot-stuffing wrong.
    const bool literal =
        (c > 0x20 && c < 0x7f && c != '=' && !(c == '.' && column == 0)) || (is_blank && !is_last);
    const std::size_t width = literal ? 1 : 3;
    if (column + width > kMaxEncodedLine - 1) {
      out += "=\r\n";
      column = 0;
    }
    if (literal) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "={:02X}", static_cast<std::uint8_t>(c));
    }
    column += width;
  }
  out += "\r\n";
}

std::string encode_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    append_line(out, line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string to_rfc5322(Timestamp time) {
  using namespace std::chrono;
  constexpr std::string_view weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                     weekdays[weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace

bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 254) return false;
  const auto local_part = text.substr(0, at);
  const auto is_atom = [](std::string_view part) {
    return std::ranges::all_of(part, is_atom_character);
  };
  return local_part.size() <= 64 && are_dotted(local_part, is_atom) &&
         are_dotted(text.substr(at + 1), is_label);
}

Result<std::string> format_message(const Message& message, const Envelope& envelope) {
  if (!is_address(message.to))
    return base::fail(ErrorCode::unprocessable, "The mail address is not valid.");
  if (!is_address(envelope.from)) {
    return base::fail(ErrorCode::unprocessable, "The sender's mail address is not valid.");
  }
  if (message.subject.size() > kMaxSubjectBytes || !base::is_utf8(message.subject) ||
      std::ranges::any_of(message.subject, is_control)) {
    return base::fail(ErrorCode::unprocessable, "The subject of a mail must be one line of UTF-8.");
  }
  if (!base::is_utf8(message.text) || message.text.contains('\0')) {
    return base::fail(ErrorCode::unprocessable, "The text of a mail must be UTF-8 without NUL.");
  }
  // Long addresses go on a line of their own, and so does the Message-ID.
  return fmt::format(
      "Date: {}\r\nFrom:\r\n <{}>\r\nTo:\r\n <{}>\r\nMessage-ID:\r\n <{}@{}>\r\nSubject: "
      "{}\r\nMIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
      "Auto-Submitted: auto-generated\r\n\r\n{}",
      to_rfc5322(envelope.date), envelope.from, message.to, envelope.message_id,
      envelope.from.substr(envelope.from.rfind('@') + 1), encode_subject(message.subject),
      encode_text(message.text));
}

}  // namespace sovereign::mail
