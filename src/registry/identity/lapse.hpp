// When a verification ends: as soon as the agent no longer has what was proved.
#pragma once

#include "registry/agents/types.hpp"

namespace sovereign::registry {

/// Whether the agent still has what Agent::verified_method names: "http <origin>" and "dns
/// <origin>" an endpoint at that origin, "signature <x>" that key. False for what names nothing.
bool is_still_proved(const Agent& agent);

}  // namespace sovereign::registry
