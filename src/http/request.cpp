#include "http/request.hpp"

#include <algorithm>

namespace sovereign::http {

namespace {

constexpr std::array<std::string_view, kMethodCount> kMethodNames = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

const Header* find(std::span<const Header> headers, std::string_view name) {
  for (const Header& header : headers) {
    if (equals_ignoring_case(header.name, name)) return &header;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(Method method) { return kMethodNames[static_cast<std::size_t>(method)]; }

std::optional<Method> parse_method(std::string_view text) {
  const auto found = std::ranges::find(kMethodNames, text);
  if (found == kMethodNames.end()) return std::nullopt;
  return static_cast<Method>(found - kMethodNames.begin());
}

std::string_view Request::header(std::string_view name) const {
  const Header* found = find(headers, name);
  return found != nullptr ? found->value : std::string_view{};
}

bool Request::has_header(std::string_view name) const { return find(headers, name) != nullptr; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace sovereign::http
