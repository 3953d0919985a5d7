#include "http/range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/encoding.hpp"
#include "http/etag.hpp"

namespace sovereign::http {
namespace {

/// Digits only; a number that does not fit is as good as the largest.
std::optional<std::uint64_t> number_of(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} ? number : UINT64_MAX;
}

RangeChoice part_of(std::uint64_t first, std::uint64_t last, std::uint64_t size) {
  if (first >= size) return {.kind = RangeChoice::Kind::unsatisfiable};
  return {.kind = RangeChoice::Kind::part,
          .first = first,
          .size = std::min(last, size - 1) - first + 1};
}

}  // namespace

RangeChoice choose_range(std::string_view header, std::uint64_t size) {
  const auto equals = header.find('=');
  if (equals == header.npos || !equals_ignoring_case(header.substr(0, equals), "bytes")) return {};
  const auto range = base::trim_ascii(header.substr(equals + 1));
  const auto dash = range.find('-');
  if (dash == range.npos) return {};
  const auto first = number_of(range.substr(0, dash));
  const auto last = number_of(range.substr(dash + 1));
  if (dash == 0) {  // The last so many bytes.
    if (!last) return {};
    return *last == 0 ? RangeChoice{.kind = RangeChoice::Kind::unsatisfiable}
                      : part_of(size - std::min(*last, size), UINT64_MAX, size);
  }
  if (!first || (!last && dash + 1 < range.size()) || (last && *last < *first)) return {};
  return part_of(*first, last.value_or(UINT64_MAX), size);
}

RangeChoice choose_range(const Request& request, std::string_view etag, std::uint64_t size) {
  const auto header = request.header("Range");
  if (header.empty() || request.method != Method::get) return {};
  const auto condition = request.header("If-Range");
  if (!condition.empty() && !names_etag(condition, etag, TagComparison::strong)) return {};
  return choose_range(header, size);
}

std::string content_range(const RangeChoice& choice, std::uint64_t size) {
  if (choice.kind == RangeChoice::Kind::unsatisfiable) return fmt::format("bytes */{}", size);
  return fmt::format("bytes {}-{}/{}", choice.first, choice.first + choice.size - 1, size);
}

}  // namespace sovereign::http
