// Semantic versioning 2.0.0 (semver.org), as a check.
#include <algorithm>

#include "core/manifest/manifest.hpp"

namespace sovereign::core {
namespace {

enum class LeadingZeros { refused, fine };

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool is_number(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return false;
  return text.size() == 1 || text.front() != '0';
}

bool is_identifier(std::string_view text, LeadingZeros zeros) {
  if (text.empty() || !std::ranges::all_of(text, is_identifier_character)) return false;
  if (zeros == LeadingZeros::fine || !std::ranges::all_of(text, is_digit)) return true;
  return is_number(text);
}

template <typename Check>
bool each_between_dots(std::string_view text, std::size_t& count, Check is_valid) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('.', begin), text.size());
    if (!is_valid(text.substr(begin, end - begin))) return false;
    ++count;
    begin = end + 1;
  }
  return true;
}

bool are_identifiers(std::string_view text, LeadingZeros zeros) {
  std::size_t count = 0;
  return each_between_dots(text, count,
                           [zeros](std::string_view part) { return is_identifier(part, zeros); });
}

}  // namespace

bool is_semantic_version(std::string_view text) {
  if (text.size() > 100) return false;
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    if (!are_identifiers(text.substr(plus + 1), LeadingZeros::fine)) return false;
    text = text.substr(0, plus);
  }
  if (const auto hyphen = text.find('-'); hyphen != std::string_view::npos) {
    if (!are_identifiers(text.substr(hyphen + 1), LeadingZeros::refused)) return false;
    text = text.substr(0, hyphen);
  }
  std::size_t numbers = 0;
  return each_between_dots(text, numbers, is_number) && numbers == 3;
}

}  // namespace sovereign::core
