// Which error codes an agent may send with a result: codes are stored, counted and acted on, so
// they are words of a known shape, and never those with which the Core itself refuses.
#pragma once

#include <string_view>

#include "core/ids.hpp"
#include "protocol/messages.hpp"

namespace sovereign::core {

/// After the agent's id and its dot, in bytes.
inline constexpr std::size_t kMaxOwnCodeBytes = 64;

/// One of the protocol's that speak of a tool or a message (tool.* but confirmation_required,
/// protocol.bad_envelope, protocol.shutting_down), or the agent's own: its id, a dot, and words of
/// [a-z0-9_-] between dots.
bool may_send_code(const AgentId& agent, std::string_view code);

/// Puts tool.failed in the place of any other code; the rest of `error` stays.
void settle_code(const AgentId& agent, protocol::ProtocolError& error);

}  // namespace sovereign::core
