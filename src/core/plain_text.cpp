#include "core/plain_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/encoding.hpp"
#include "search/unicode.hpp"

namespace sovereign::core {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Controls, invisible characters and those that turn the direction (Unicode 15: Cc, Bidi_Control,
/// Default_Ignorable_Code_Point as far as they are not joiners that scripts need), tags.
constexpr auto kRefused = std::to_array<Range>({
    {0x0000, 0x001f},
    {0x007f, 0x009f},
    {0x00ad, 0x00ad},
    {0x061c, 0x061c},
    {0x180e, 0x180e},
    {0x200b, 0x200b},
    {0x200e, 0x200f},
    {0x2028, 0x202e},
    {0x2060, 0x206f},
    {0xfeff, 0xfeff},
    {0xfff9, 0xfffb},
    {0xe0000, 0xe007f},
});

bool is_refused(char32_t c) {
  return std::ranges::any_of(kRefused, [c](Range r) { return c >= r.first && c <= r.last; });
}

}  // namespace

bool is_plain_text(std::string_view text, Lines lines) {
  if (!base::is_utf8(text)) return false;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = search::next_code_point(text, at);
    const bool is_layout = lines == Lines::several && (c == '\n' || c == '\t');
    if (!is_layout && is_refused(c)) return false;
  }
  return true;
}

std::string strip_user_information(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const auto begin = scheme + 3;
  const auto end = std::min(url.find_first_of("/?#", begin), url.size());
  const auto at = url.substr(begin, end - begin).rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  std::string stripped(url.substr(0, begin));
  stripped += url.substr(begin + at + 1);
  return stripped;
}

}  // namespace sovereign::core
