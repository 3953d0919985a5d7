// One agent, two ways to see it: what of a card becomes which member of the agent, and how an agent
// looks as a card, whoever wrote it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "json/parse.hpp"
#include "registry/agents/registration.hpp"
#include "registry/agents/types.hpp"

namespace sovereign::registry {

/// The agent as a card. `agent` is the parsed JSON of its record. Members of its own card are kept
/// where they are valid and still say what the agent says; the others are made of the agent.
json::Object card_of(const json::Value& agent);

/// The registration that publishes a valid card. `normalised` is what check_card() made of
/// `verbatim`, whose bytes the agent keeps. Error: `unprocessable`, for what the registry bounds
/// (an empty or long name, an id that cannot stand in a URL), with pointers below "/card_data".
Result<AgentRegistration> registration_of_card(const json::Object& normalised,
                                               std::string_view verbatim);

/// Names to add to such a registration's metadata: {"public_key_jwk": ...}.
std::string metadata_with_key(std::string_view public_key_jwk);

/// `agent`'s card with the members of `patch` (a JSON object) in the place of its own, as text that
/// keeps the bytes of both. `seen` is card_of() the agent.
std::string merged_card(const Agent& agent, const json::Object& seen, std::string_view patch);

/// The patch for AgentService::update that makes `merged`, which check_card() has normalised, the
/// agent's card, and what `patch` names of it the agent's members.
std::string agent_patch(const Agent& agent, const json::Object& normalised, std::string_view merged,
                        std::string_view patch);

/// Points an error about an agent's members at the card they come from: "/name" becomes
/// "/card_data/name".
Error point_at_card(Error error);

}  // namespace sovereign::registry
