#include "http/conditional.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace sovereign::http {
namespace {

/// "abc-gzip" and "abc" name the same version.
std::string_view without_coding(std::string_view tag) {
  constexpr std::string_view kSuffix = "-gzip\"";
  if (tag.ends_with(kSuffix))
    tag.remove_suffix(kSuffix.size());
  else if (tag.ends_with('"'))
    tag.remove_suffix(1);
  return tag;
}

template <typename Matches>
bool any_tag(std::string_view header, const Matches& matches) {
  while (!header.empty()) {
    const auto end = std::min(header.find(','), header.size());
    if (matches(base::trim_ascii(header.substr(0, end)))) return true;
    header.remove_prefix(std::min(end + 1, header.size()));
  }
  return false;
}

}  // namespace

bool matches_weakly(std::string_view header, std::string_view etag) {
  return any_tag(header, [&](std::string_view tag) {
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return !tag.empty() && without_coding(tag) == without_coding(etag);
  });
}

bool matches_strongly(std::string_view header, std::string_view etag) {
  return any_tag(header, [&](std::string_view tag) {
    return tag == "*" || (!tag.empty() && without_coding(tag) == without_coding(etag));
  });
}

WriteCondition check_if_match(const Request& request, std::string_view etag) {
  const auto header = request.header("If-Match");
  if (header.empty()) return WriteCondition::none;
  return matches_strongly(header, etag) ? WriteCondition::holds : WriteCondition::fails;
}

}  // namespace sovereign::http
