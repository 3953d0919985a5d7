#include "search/unicode.hpp"

#include <array>

namespace sovereign::search {
namespace {

// Unaccented lower-case letters, two columns a code point from U+00C0 on; blank is no letter.
constexpr std::string_view latin_letters =
    "a a a a a a aec e e e e i i i i d n o o o o o   o u u u u y thss"
    "a a a a a a aec e e e e i i i i d n o o o o o   o u u u u y thy "
    "a a a a a a c c c c c c c c d d d d e e e e e e e e e e g g g g "
    "g g g g h h h h i i i i i i i i i i ijijj j k k k l l l l l l l "
    "l l l n n n n n n n ngngo o o o o o oeoer r r r r r s s s s s s "
    "s s t t t t t t u u u u u u u u u u u u w w y y y z z z z z z s ";
// The same for U+1E00 on, one column a code point.
constexpr std::string_view latin_additional_letters =
    "aabbbbbbccddddddddddeeeeeeeeeeff"
    "gghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrr"
    "ssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwyas  s "
    "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooo"
    "oooouuuuuuuuuuuuuuyyyyyyyy      ";
static_assert(latin_letters.size() == 2 * (0x180 - 0xC0));
static_assert(latin_additional_letters.size() == 0x1F00 - 0x1E00);

struct Range {
  char32_t first, last;
};

// Blocks of punctuation, symbols, pictographs and private use: they separate words.
constexpr std::array separators = {
    Range{0x0080, 0x00A9}, Range{0x00AB, 0x00B4},   Range{0x00B6, 0x00B9},   Range{0x00BB, 0x00BF},
    Range{0x00D7, 0x00D7}, Range{0x00F7, 0x00F7},   Range{0x0589, 0x058F},   Range{0x05BE, 0x05BE},
    Range{0x060C, 0x060D}, Range{0x061B, 0x061F},   Range{0x066A, 0x066D},   Range{0x06D4, 0x06D4},
    Range{0x0964, 0x0965}, Range{0x2000, 0x206F},   Range{0x20A0, 0x20CF},   Range{0x2100, 0x2BFF},
    Range{0x2E00, 0x2E7F}, Range{0x3000, 0x3004},   Range{0x3008, 0x3020},   Range{0x3030, 0x3030},
    Range{0x30FB, 0x30FB}, Range{0xE000, 0xF8FF},   Range{0xFE10, 0xFE6F},   Range{0xFF5F, 0xFF65},
    Range{0xFFE0, 0xFFFF}, Range{0x1F000, 0x1FAFF}, Range{0xE0000, 0x10FFFF}};

// Scripts written without spaces, and Hangul, whose words carry their particles.
constexpr std::array ideographs = {
    Range{0x1100, 0x11FF},  Range{0x2E80, 0x2FDF}, Range{0x3005, 0x3007}, Range{0x3021, 0x302F},
    Range{0x3031, 0x30FA},  Range{0x30FC, 0x318F}, Range{0x31A0, 0x31FF}, Range{0x3400, 0x4DBF},
    Range{0x4E00, 0x9FFF},  Range{0xAC00, 0xD7AF}, Range{0xF900, 0xFAFF}, Range{0xFF66, 0xFFDC},
    Range{0x20000, 0x3FFFF}};

bool within(const auto& ranges, char32_t c) {
  for (const Range& range : ranges) {
    if (c >= range.first && c <= range.last) return true;
  }
  return false;
}

char32_t lower_latin(char32_t c) {
  if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;
  if (c == 0x178) return 0xFF;
  const bool even_is_upper = (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) ||
                             (c >= 0x14A && c <= 0x177) || (c >= 0x1E00 && c <= 0x1EFF);
  const bool odd_is_upper = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if ((even_is_upper && c % 2 == 0) || (odd_is_upper && c % 2 == 1)) return c + 1;
  return c;
}

char32_t lower_greek(char32_t c) {
  switch (c) {
    case 0x386: return 0x3AC;
    case 0x388:
    case 0x389:
    case 0x38A: return c + 0x25;
    case 0x38C: return 0x3CC;
    case 0x38E:
    case 0x38F: return c + 0x3F;
    default: return c >= 0x391 && c <= 0x3AB ? c + 0x20 : c;
  }
}

char32_t lower_cyrillic(char32_t c) {
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  if (c >= 0x410 && c <= 0x42F) return c + 0x20;
  const bool even_is_upper =
      (c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F);
  return even_is_upper && c % 2 == 0 ? c + 1 : c;
}

char32_t strip_accent(char32_t c) {
  switch (c) {
    case 0x3AC: return 0x3B1;
    case 0x3AD: return 0x3B5;
    case 0x3AE: return 0x3B7;
    case 0x390:
    case 0x3AF:
    case 0x3CA: return 0x3B9;
    case 0x3CC: return 0x3BF;
    case 0x3B0:
    case 0x3CB:
    case 0x3CD: return 0x3C5;
    case 0x3CE: return 0x3C9;
    case 0x3C2: return 0x3C3;  // final sigma
    case 0x451: return 0x435;  // yo
    default: return c;
  }
}

}  // namespace

char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at++);
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < more) return broken_utf8;
  char32_t value = lead & (0x3Fu >> more);
  for (std::size_t i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return broken_utf8;
    value = value << 6 | (byte(at + i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 4> least = {0, 0x80, 0x800, 0x10000};
  if (value < least[more] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
    return broken_utf8;
  }
  at += more;
  return value;
}

void append_utf8(std::string& out, char32_t c) {
  const auto tail = [&](unsigned shift) {
    out.push_back(static_cast<char>(0x80 | (c >> shift & 0x3F)));
  };
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0 | c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | c >> 12));
    tail(6), tail(0);
  } else {
    out.push_back(static_cast<char>(0xF0 | c >> 18));
    tail(12), tail(6), tail(0);
  }
}

char32_t lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
  if (c < 0x180 || (c >= 0x1E00 && c <= 0x1EFF)) return lower_latin(c);
  if (c >= 0x370 && c <= 0x3FF) return lower_greek(c);
  if (c >= 0x400 && c <= 0x52F) return lower_cyrillic(c);
  return c;
}

CharacterClass append_folded(std::string& out, char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;  // full-width forms
  if (c < 0x80) {
    if (c >= '0' && c <= '9') return out.push_back(static_cast<char>(c)), CharacterClass::digit;
    const auto letter = lower(c);
    if (letter < 'a' || letter > 'z') return CharacterClass::separator;
    out.push_back(static_cast<char>(letter));
    return c == letter ? CharacterClass::letter : CharacterClass::upper;
  }
  if (c >= 0x300 && c <= 0x36F) return CharacterClass::ignored;
  if (within(separators, c)) return CharacterClass::separator;
  if (within(ideographs, c)) return append_utf8(out, c), CharacterClass::ideograph;
  const auto before = out.size();
  if (c >= 0xC0 && c < 0x180) {
    for (const char letter : latin_letters.substr(2 * (c - 0xC0), 2)) {
      if (letter != ' ') out.push_back(letter);
    }
  } else if (c >= 0x1E00 && c < 0x1F00 && latin_additional_letters[c - 0x1E00] != ' ') {
    out.push_back(latin_additional_letters[c - 0x1E00]);
  }
  if (out.size() == before) append_utf8(out, strip_accent(lower(c)));
  return CharacterClass::letter;
}

std::string fold_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto c = next_code_point(text, at);
    append_utf8(out, c == broken_utf8 ? 0xFFFD : lower(c));
  }
  return out;
}

std::string fold_name(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto c = next_code_point(text, at);
    const auto kind = c == broken_utf8 ? CharacterClass::separator : append_folded(out, c);
    if (kind == CharacterClass::separator) append_utf8(out, c == broken_utf8 ? 0xFFFD : c);
  }
  return out;
}

}  // namespace sovereign::search
