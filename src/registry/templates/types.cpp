#include "registry/templates/types.hpp"

#include <algorithm>

namespace sovereign::registry {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower_or_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

/// Calls `accepts` with each part between dots; how many there are, or 0 when one is refused.
std::size_t count_parts(std::string_view text, bool (*accepts)(std::string_view)) {
  std::size_t parts = 0;
  for (;;) {
    const auto dot = text.find('.');
    if (!accepts(text.substr(0, dot))) return 0;
    ++parts;
    if (dot == text.npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

bool is_version_number(std::string_view part) {
  return !part.empty() && part.size() <= 9 && std::ranges::all_of(part, is_digit) &&
         (part.size() == 1 || part[0] != '0');
}

bool is_label(std::string_view part) {
  return !part.empty() && is_lower_or_digit(part.front()) && is_lower_or_digit(part.back()) &&
         std::ranges::all_of(part,
                             [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
}

}  // namespace

bool is_version(std::string_view text) { return count_parts(text, &is_version_number) == 3; }

bool is_reverse_dns(std::string_view text) { return count_parts(text, &is_label) >= 2; }

bool is_prose(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t') ||
           c == 0x7f;
  });
}

}  // namespace sovereign::registry
