#include "http/trace_context.hpp"

#include <algorithm>

namespace sovereign::http {
namespace {

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == '0'; });
}

}  // namespace

std::string_view trace_id_of(std::string_view traceparent) {
  constexpr std::size_t kSize = 55;  // 00-<32 digits>-<16 digits>-<2 digits>
  if (traceparent.size() < kSize) return {};
  const auto version = traceparent.substr(0, 2);
  const auto trace_id = traceparent.substr(3, 32);
  const auto parent_id = traceparent.substr(36, 16);
  const auto flags = traceparent.substr(53, 2);
  const bool dashes = traceparent[2] == '-' && traceparent[35] == '-' && traceparent[52] == '-';
  const bool ends = traceparent.size() == kSize || (version != "00" && traceparent[kSize] == '-');
  if (!dashes || !ends || version == "ff" || is_zero(trace_id) || is_zero(parent_id)) return {};
  for (const auto part : {version, trace_id, parent_id, flags}) {
    if (!is_lower_hex(part)) return {};
  }
  return trace_id;
}

}  // namespace sovereign::http
