// An agent as answers need it: its JSON rendered once, when it is loaded or changed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "registry/agents/types.hpp"

namespace sovereign::registry {

struct AgentRecord {
  AgentId id;
  UserId developer_id;
  AgentStatus status = AgentStatus::active;
  std::int64_t version = 0;
  Timestamp created_at{};
  Timestamp updated_at{};
  std::string human_readable_id;
  std::string etag;  ///< Strong, with quotes; changes with the bytes of `json`.
  std::string json;  ///< The whole agent: {..., "card": {...}}; see AgentView.
  /// When a peer's answer brought it; nothing for agents of this registry.
  std::optional<Timestamp> received_at = std::nullopt;
  std::size_t item_size = 0;  ///< json[0, item_size) + "}" is the agent as in lists: without card.

  /// The agent as in lists, without the closing brace, so that more members can follow.
  std::string_view item_without_brace() const {
    return std::string_view(json).substr(0, item_size);
  }
};

/// Renders `agent`, whose JSON texts (pricing, metadata, card) are embedded as they are. An agent
/// of the peer with the name `origin` is shown as federated; without a name it is of this registry.
AgentRecord make_record(const Agent& agent, const Developer& developer,
                        std::string_view registry_url, std::string_view origin = {});

}  // namespace sovereign::registry
