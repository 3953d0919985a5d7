#include "http/target.hpp"

#include <algorithm>
#include <charconv>

namespace sovereign::http {

namespace {

constexpr std::size_t kMaxHostBytes = 255;  // A DNS name's limit.

constexpr bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr auto kTargetCharacters = [] {
  std::array<bool, 256> table{};
  for (int c = 0x21; c < 0x7f; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : {'#', '"', '<', '>', '\\'}) table[static_cast<unsigned char>(c)] = false;
  return table;
}();

bool has_valid_percent_encoding(std::string_view path) {
  for (auto at = path.find('%'); at != path.npos; at = path.find('%', at + 3)) {
    if (at + 2 >= path.size() || !is_hex(path[at + 1]) || !is_hex(path[at + 2])) return false;
    if (path[at + 1] == '0' && path[at + 2] == '0') return false;
  }
  return true;
}

bool is_valid_port(std::string_view port) {
  if (port.empty()) return true;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc{} && end == port.data() + port.size() && number <= 65535;
}

/// The text after "http://" or "https://", or nullopt.
std::optional<std::string_view> without_scheme(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() >= scheme.size() &&
        equals_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      return target.substr(scheme.size());
    }
  }
  return std::nullopt;
}

}  // namespace

bool has_target_characters(std::string_view target) {
  return std::ranges::all_of(
      target, [](char c) { return kTargetCharacters[static_cast<unsigned char>(c)]; });
}

std::optional<TargetParts> split_target(Method method, std::string_view target) {
  if (target == "*") {
    if (method != Method::options) return std::nullopt;
    return TargetParts{.path = target};
  }
  TargetParts parts;
  std::string_view rest = target;
  if (!target.starts_with('/')) {
    const auto stripped = without_scheme(target);
    if (!stripped) return std::nullopt;
    const auto end = std::min(stripped->find_first_of("/?"), stripped->size());
    parts.authority = stripped->substr(0, end);
    if (!is_valid_host(parts.authority)) return std::nullopt;
    rest = stripped->substr(end);
  }
  const auto question = std::min(rest.find('?'), rest.size());
  parts.path = question == 0 ? std::string_view("/") : rest.substr(0, question);
  if (question < rest.size()) parts.query = rest.substr(question + 1);
  if (!has_valid_percent_encoding(parts.path)) return std::nullopt;
  return parts;
}

bool is_valid_host(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  if (host.front() == '[') {
    const auto close = host.find(']');
    if (close == host.npos || close < 3) return false;
    const auto address = host.substr(1, close - 1);
    if (!std::ranges::all_of(address, [](char c) { return is_hex(c) || c == ':' || c == '.'; })) {
      return false;
    }
    const auto after = host.substr(close + 1);
    return after.empty() || (after.front() == ':' && is_valid_port(after.substr(1)));
  }
  const auto colon = std::min(host.find(':'), host.size());
  const auto name = host.substr(0, colon);
  const bool name_is_valid = !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || c == '~';
  });
  return name_is_valid && (colon == host.size() || is_valid_port(host.substr(colon + 1)));
}

}  // namespace sovereign::http
