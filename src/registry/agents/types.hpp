// The agent, as stored and as registered (seed: Agent Model; A2A card kept verbatim).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "json/table.hpp"
#include "registry/ids.hpp"

namespace sovereign::registry {

enum class AgentStatus : std::uint8_t { active, inactive, suspended, deprecated };

struct Agent {
  AgentId id;
  std::string name;
  std::string agent_type;
  AgentStatus status = AgentStatus::active;
  std::string description;
  UserId developer_id;
  std::vector<std::string> api_endpoints;
  std::vector<std::string> capabilities;
  std::vector<std::string> tags;
  std::string human_readable_id;
  std::optional<std::string> pricing;  ///< JSON object, as text.
  std::optional<std::string> teg_wallet_address;
  std::string metadata = "{}";                 ///< JSON object, as text.
  std::optional<std::string> card;             ///< The A2A card's bytes as given.
  std::optional<std::string> card_digest;      ///< "sha256:" and hex, over the canonical form.
  std::optional<Timestamp> verified_at;        ///< Ownership of an endpoint proved.
  std::optional<std::string> verified_method;  ///< And what it rests on: identity/lapse.hpp.
  std::int64_t version = 1;                    ///< Grows with every change.
  std::optional<Timestamp> last_seen_at;       ///< Last heartbeat; not part of the version.
  Timestamp created_at{};
  Timestamp updated_at{};
};

/// "did:agentvault:<id>"
std::string did_of(AgentId id);

/// Who published an agent, as shown beside it.
struct Developer {
  UserId id;
  std::string username;
  std::string email;
};

/// An agent with its publisher, as the catalog is fed.
struct CatalogAgent {
  Agent agent;
  Developer developer;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::AgentStatus> {
  using enum sovereign::registry::AgentStatus;
  static constexpr std::array values = {EnumName{active, "active"}, EnumName{inactive, "inactive"},
                                        EnumName{suspended, "suspended"},
                                        EnumName{deprecated, "deprecated"}};
};
