// Who does something: named in every audit row and event. Information for people, never authority.
#pragma once

#include <string>
#include <string_view>

#include "http/request.hpp"

namespace sovereign::core {

enum class ActorType { human, system, agent };

/// "human", "system" or "agent".
std::string_view to_string(ActorType type);

struct Actor {
  ActorType type = ActorType::system;
  /// Of a human how they came in: "admin.sock", "bearer", "web:<session>"; of the daemon "core"; of
  /// an agent its id. 200 bytes at most.
  std::string id = "core";

  bool operator==(const Actor&) const = default;
};

/// The actor behind an authenticated request: its principal's session names it.
Actor actor_of(const http::Request& request);

}  // namespace sovereign::core
