#include "registry/templates/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace sovereign::registry::escape {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Control and format characters that hide or reorder what is around them.
constexpr Range kInvisible[] = {{0x00, 0x1f},     {0x7f, 0x9f},      {0xad, 0xad},
                                {0x61c, 0x61c},   {0x180e, 0x180e},  {0x200b, 0x200f},
                                {0x2028, 0x202e}, {0x2060, 0x206f},  {0xfeff, 0xfeff},
                                {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};

bool is_invisible(char32_t c) {
  return std::ranges::any_of(kInvisible, [c](Range r) { return c >= r.first && c <= r.last; });
}

struct CodePoint {
  char32_t value;
  std::string_view bytes;
};

/// Calls `visit` with each code point of well-formed UTF-8.
template <typename Visitor>
void for_each_code_point(std::string_view text, Visitor visit) {
  while (!text.empty()) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t value = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t i = 1; i < size && i < text.size(); ++i) {
      value = (value << 6) | (static_cast<std::uint8_t>(text[i]) & 0x3fU);
    }
    const auto bytes = text.substr(0, size);
    visit(CodePoint{value, bytes});
    text.remove_prefix(bytes.size());
  }
}

/// How a language writes one code point that it cannot or should not hold as it is.
using Numeric = std::string (*)(char32_t);

/// "text" with a backslash before each character of `special`.
std::string quoted(std::string_view text, std::string_view special, Numeric numeric) {
  std::string out = "\"";
  for_each_code_point(text, [&](CodePoint c) {
    if (c.value < 0x80 && special.find(static_cast<char>(c.value)) != special.npos) {
      out += '\\';
      out += c.bytes;
    } else if (is_invisible(c.value)) {
      out += numeric(c.value);
    } else {
      out += c.bytes;
    }
  });
  out += '"';
  return out;
}

std::string braced(char32_t c) { return fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c)); }

std::string long_or_short(char32_t c) {
  const auto value = static_cast<std::uint32_t>(c);
  return value > 0xffff ? fmt::format("\\U{:08x}", value) : fmt::format("\\u{:04x}", value);
}

std::string surrogates(char32_t c) {
  const auto value = static_cast<std::uint32_t>(c);
  if (value <= 0xffff) return fmt::format("\\u{:04x}", value);
  const auto offset = value - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (offset >> 10), 0xdc00 + (offset & 0x3ff));
}

std::string space(char32_t) { return " "; }

bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

}  // namespace

// A '#' is only special before '{', but "\#" is '#' everywhere.
std::string elixir(std::string_view text) { return quoted(text, "\"\\#", &braced); }

std::string json(std::string_view text) { return quoted(text, "\"\\", &surrogates); }

std::string python(std::string_view text) { return quoted(text, "\"\\", &long_or_short); }

std::string toml(std::string_view text) { return quoted(text, "\"\\", &long_or_short); }

std::string dockerfile(std::string_view text) { return quoted(text, "\"\\$", &space); }

std::string shell(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  out += '\'';
  return out;
}

std::string markdown(std::string_view text) {
  std::string out;
  for_each_code_point(text, [&](CodePoint c) {
    if (is_invisible(c.value)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      return;
    }
    if (is_ascii_punctuation(c.value)) out += '\\';
    // Spaces at the start would make a code block; two at the end a line break.
    if (c.value == ' ' && (out.empty() || out.back() == ' ')) return;
    out += c.bytes;
  });
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

std::optional<std::string> word(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_word_character)) return std::nullopt;
  return std::string(text);
}

}  // namespace sovereign::registry::escape
