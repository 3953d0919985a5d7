#include "core/ids.hpp"

#include <algorithm>
#include <utility>

namespace sovereign::core {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_label(std::string_view label) {
  if (label.empty() || !is_lower_or_digit(label.front()) || !is_lower_or_digit(label.back())) {
    return false;
  }
  return std::ranges::all_of(label,
                             [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
}

/// How many labels `text` has; zero when it breaks the rule.
std::size_t count_labels(std::string_view text) {
  if (text.size() > AgentId::kMaxLength) return 0;
  std::size_t labels = 0;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('.', begin), text.size());
    if (!is_label(text.substr(begin, end - begin))) return 0;
    ++labels;
    begin = end + 1;
  }
  return labels;
}

bool is_tool_name(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
  };
  if (name.empty() || name.size() > ToolId::kMaxNameLength || !is_alphanumeric(name.front())) {
    return false;
  }
  return std::ranges::all_of(
      name, [&](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

std::optional<AgentId> AgentId::parse(std::string_view text) {
  if (count_labels(text) < 2) return std::nullopt;
  return AgentId(std::string(text));
}

std::optional<AgentId> AgentId::parse_in_development(std::string_view text) {
  if (count_labels(text) < 1) return std::nullopt;
  return AgentId(std::string(text));
}

std::optional<ToolId> ToolId::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto agent = AgentId::parse_in_development(text.substr(0, slash));
  if (!agent) return std::nullopt;
  return of(*agent, text.substr(slash + 1));
}

std::optional<ToolId> ToolId::of(const AgentId& agent, std::string_view name) {
  if (!is_tool_name(name)) return std::nullopt;
  return ToolId(agent, agent.text() + "/" + std::string(name));
}

}  // namespace sovereign::core
