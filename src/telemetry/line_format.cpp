#include "telemetry/line_format.hpp"

#include <algorithm>

namespace sovereign::telemetry {
namespace {

constexpr bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

/// The length of the well-formed sequence at the front of `text`, 0 when there is none (RFC 3629).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U;
  };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return at(i) >= low && at(i) <= high;
  };
  const unsigned first = at(0);
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : 0xbf;
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
    return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

void append_escape(LineBuffer& line, unsigned code) {
  switch (code) {
    case '"': return append(line, "\\\"");
    case '\\': return append(line, "\\\\");
    case '\n': return append(line, "\\n");
    case '\r': return append(line, "\\r");
    case '\t': return append(line, "\\t");
    default: fmt::format_to(fmt::appender(line), "\\u{:04x}", code);
  }
}

/// Writes what is at the front of `text` and not plain; returns how many bytes that was.
std::size_t append_special(LineBuffer& line, std::string_view text) {
  const auto first = static_cast<std::uint8_t>(text[0]);
  if (first < 0x80) {
    append_escape(line, first);
    return 1;
  }
  const std::size_t length = sequence_length(text);
  if (length == 0) {
    append(line, "\\ufffd");
    return 1;
  }
  const auto second = static_cast<std::uint8_t>(text[1]);
  if (first == 0xc2 && second < 0xa0) {
    append_escape(line, second);  // C1: terminals obey some of them.
  } else {
    append(line, text.substr(0, length));
  }
  return length;
}

}  // namespace

void append_quoted(LineBuffer& line, std::string_view text, std::size_t max_bytes) {
  const bool cut = text.size() > max_bytes;
  if (cut) {
    text = text.substr(0, max_bytes);
    // Not in the middle of a character.
    std::size_t tail = 0;
    while (tail < 3 && tail < text.size() && (text[text.size() - 1 - tail] & 0xc0) == 0x80) ++tail;
    if (tail < text.size() && (text[text.size() - 1 - tail] & 0x80) != 0)
      text.remove_suffix(tail + 1);
  }
  line.push_back('"');
  while (!text.empty()) {
    const auto plain =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
    append(line, text.substr(0, plain));
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(append_special(line, text));
  }
  if (cut) append(line, "\xe2\x80\xa6");
  line.push_back('"');
}

void append_word(LineBuffer& line, std::string_view text, std::size_t max_bytes) {
  const bool plain =
      !text.empty() && text.size() <= max_bytes &&
      std::ranges::all_of(text, [](char c) { return is_plain(c) && c != ' ' && c != '='; });
  if (plain) return append(line, text);
  append_quoted(line, text, max_bytes);
}

void TimeFormat::append_to(LineBuffer& line, Timestamp time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != second_) {
    second_ = second;
    prefix_ = base::to_rfc3339(Timestamp{second});
    prefix_.back() = '.';  // In place of the Z.
  }
  append(line, prefix_);
  char digits[] = "000000Z";
  auto fraction = (time - second).count();
  for (int i = 5; i >= 0; --i, fraction /= 10) digits[i] = static_cast<char>('0' + fraction % 10);
  append(line, {digits, 7});
}

}  // namespace sovereign::telemetry
