#include "core/actor.hpp"

namespace sovereign::core {

std::string_view to_string(ActorType type) {
  switch (type) {
    case ActorType::human: return "human";
    case ActorType::system: return "system";
    case ActorType::agent: return "agent";
  }
  return "system";
}

Actor actor_of(const http::Request& request) {
  if (!request.principal) return {.type = ActorType::human, .id = "anonymous"};
  return {.type = ActorType::human, .id = request.principal->session};
}

}  // namespace sovereign::core
