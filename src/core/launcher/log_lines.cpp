#include "core/launcher/log_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

/// Bytes of the character that `text` begins with; 0 when it begins with none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
    if (base::is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

bool is_forbidden_control(std::string_view character) {
  if (character.size() != 1) return false;
  const char c = character.front();
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\x1b') || c == '\x7f';
}

}  // namespace

std::vector<std::string> LineSplitter::feed(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!bytes.empty()) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    line_.append(bytes.substr(0, std::min(end, kLogLineRead - line_.size())));
    has_begun_ = true;
    if (end == bytes.size()) break;
    bytes.remove_prefix(end + 1);
    lines.push_back(finish().value());
  }
  return lines;
}

std::optional<std::string> LineSplitter::finish() {
  if (!has_begun_) return std::nullopt;
  has_begun_ = false;
  if (line_.ends_with('\r')) line_.pop_back();
  return std::exchange(line_, {});
}

std::string storable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    if (length == 0 || is_forbidden_control(character)) character = kReplacement;
    if (out.size() + character.size() > kLogLineStored) break;
    out += character;
  }
  return out;
}

std::string format_line(const LogLine& line) {
  return fmt::format("{} {} {}\n", base::to_rfc3339(line.at), json::name_of(line.stream),
                     line.text);
}

std::optional<LogLine> parse_line(std::string_view text) {
  const auto first = text.find(' ');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto at = base::parse_rfc3339(text.substr(0, first));
  const auto stream = json::value_of<LogStream>(text.substr(first + 1, second - first - 1));
  if (!at || !stream) return std::nullopt;
  return LogLine{.at = *at, .stream = *stream, .text = std::string(text.substr(second + 1))};
}

}  // namespace sovereign::core
