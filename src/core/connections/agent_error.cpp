#include "core/connections/agent_error.hpp"

#include <algorithm>

#include "core/errors.hpp"

namespace sovereign::core {
namespace {

bool may_send(CoreCode code) {
  switch (code) {
    case CoreCode::tool_not_found:
    case CoreCode::tool_unavailable:
    case CoreCode::tool_invalid_input:
    case CoreCode::tool_invalid_output:
    case CoreCode::tool_input_too_large:
    case CoreCode::tool_output_too_large:
    case CoreCode::tool_canceled:
    case CoreCode::tool_timeout:
    case CoreCode::tool_crashed:
    case CoreCode::tool_failed:
    case CoreCode::tool_busy:
    case CoreCode::protocol_bad_envelope:
    case CoreCode::protocol_shutting_down: return true;
    default: return false;
  }
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Words between single dots.
bool is_own_name(std::string_view name) {
  if (name.empty() || name.size() > kMaxOwnCodeBytes) return false;
  if (name.starts_with('.') || name.ends_with('.') || name.contains("..")) return false;
  return std::ranges::all_of(name, [](char c) { return c == '.' || is_word_character(c); });
}

}  // namespace

bool may_send_code(const AgentId& agent, std::string_view code) {
  // First: an agent in development may be called `permission`.
  if (const auto known = parse_core_code(code)) return may_send(*known);
  const std::string_view id = agent.text();
  if (!code.starts_with(id)) return false;
  code.remove_prefix(id.size());
  return code.starts_with('.') && is_own_name(code.substr(1));
}

void settle_code(const AgentId& agent, protocol::ProtocolError& error) {
  if (!may_send_code(agent, error.code)) error.code = to_string(CoreCode::tool_failed);
}

}  // namespace sovereign::core
