#include "registry/identity/lapse.hpp"

#include <algorithm>
#include <string_view>

#include "registry/identity/facts.hpp"
#include "registry/identity/origin.hpp"

namespace sovereign::registry {

bool is_still_proved(const Agent& agent) {
  if (!agent.verified_method) return false;
  const std::string_view method(*agent.verified_method);
  const auto space = method.find(' ');
  if (space == method.npos) return false;
  const auto subject = method.substr(space + 1);
  if (method.substr(0, space) == "signature") {
    const auto key = key_of(agent.metadata, agent.card ? std::string_view(*agent.card) : "null");
    return key && key->x == subject;
  }
  return std::ranges::any_of(agent.api_endpoints, [subject](const auto& endpoint) {
    const auto origin = origin_of(endpoint);
    return origin && origin->to_string() == subject;
  });
}

}  // namespace sovereign::registry
