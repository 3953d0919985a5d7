#include "core/redaction/utf8.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// How long a character that begins with this byte is; 0 when none does.
std::size_t length_of(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  if (byte >= 0xf0 && byte < 0xf5) return 4;
  return 0;
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

}  // namespace

std::string to_utf8(std::string text) {
  if (base::is_utf8(text)) return text;
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = length_of(text[i]);
    const auto character = std::string_view(text).substr(i, length);
    if (length > 0 && character.size() == length && base::is_utf8(character)) {
      out += character;
      i += length;
    } else {
      out += kReplacement;
      ++i;
    }
  }
  return out;
}

std::size_t utf8_floor(std::string_view text, std::size_t limit) {
  std::size_t size = std::min(limit, text.size());
  for (int back = 0; back < 3 && size > 0 && size < text.size() && is_continuation(text[size]);
       ++back)
    --size;
  return size;
}

}  // namespace sovereign::core
