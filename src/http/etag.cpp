#include "http/etag.hpp"

#include <algorithm>

namespace sovereign::http {

namespace {

constexpr std::string_view kGzipSuffix = "-gzip\"";

bool is_weak(std::string_view tag) { return tag.starts_with("W/"); }

/// Between the quotes, without the suffix of the compressed form.
std::string_view opaque_part(std::string_view tag) {
  if (is_weak(tag)) tag.remove_prefix(2);
  if (tag.ends_with(kGzipSuffix)) {
    tag.remove_suffix(kGzipSuffix.size());
  } else if (tag.ends_with('"')) {
    tag.remove_suffix(1);
  }
  if (tag.starts_with('"')) tag.remove_prefix(1);
  return tag;
}

/// The next tag of a list, taken off its front; empty at its end or where it is malformed.
std::string_view take_tag(std::string_view& list) {
  list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
  const std::size_t quote = is_weak(list) ? 2 : 0;
  if (list.size() <= quote || list[quote] != '"') return {};
  const auto close = list.find('"', quote + 1);
  if (close == list.npos) return {};
  const auto tag = list.substr(0, close + 1);
  list.remove_prefix(close + 1);
  return tag;
}

}  // namespace

bool names_etag(std::string_view field_value, std::string_view etag, TagComparison comparison) {
  if (field_value == "*") return true;
  const bool strong = comparison == TagComparison::strong;
  if (etag.empty() || (strong && is_weak(etag))) return false;
  const auto wanted = opaque_part(etag);
  for (auto tag = take_tag(field_value); !tag.empty(); tag = take_tag(field_value)) {
    if (strong && is_weak(tag)) continue;
    if (opaque_part(tag) == wanted) return true;
  }
  return false;
}

std::string gzip_etag(std::string_view etag) {
  if (is_weak(etag) || !etag.ends_with('"')) return std::string(etag);
  std::string suffixed(etag.substr(0, etag.size() - 1));
  suffixed += kGzipSuffix;
  return suffixed;
}

}  // namespace sovereign::http
