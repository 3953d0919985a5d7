// The agent as clients see it; documents what make_record() writes.
#pragma once

#include "registry/agents/types.hpp"

namespace sovereign::registry {

struct AgentView {
  AgentId id;
  std::string did;
  std::string name;
  std::string agent_type;
  AgentStatus status = AgentStatus::active;
  std::string description;
  std::string human_readable_id;
  std::vector<std::string> api_endpoints;
  std::vector<std::string> capabilities;
  std::vector<std::string> tags;
  std::optional<json::Raw> pricing;
  std::optional<std::string> teg_wallet_address;
  json::Raw metadata;
  UserId developer_id;
  std::string developer;
  std::string developer_email;
  bool is_verified = false;
  std::optional<Timestamp> verified_at;
  bool is_federated = false;
  std::string registry_url;
  std::optional<std::string> origin_registry_name;
  std::optional<std::int64_t> staleness_seconds;
  std::int64_t version = 1;
  Timestamp created_at{};
  Timestamp updated_at{};
  std::optional<std::string> card_digest;
  std::optional<json::Raw> card;
};

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Table<registry::AgentView> {
  using T = registry::AgentView;
  static constexpr std::string_view name = "Agent";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("id", &T::id, {.description = "The agent's UUID."}),
      field("did", &T::did,
            {.description = "Its decentralised identifier.",
             .example = R"("did:agentvault:550e8400-e29b-41d4-a716-446655440000")"}),
      field("name", &T::name, {.example = R"("My AI Assistant")"}),
      field("agent_type", &T::agent_type, {.example = R"("assistant")"}),
      field("status", &T::status,
            {.description = "Only active agents are found by others, deprecated ones on request."}),
      field("description", &T::description),
      field("humanReadableId", &T::human_readable_id, {.example = R"("my-ai-assistant")"}),
      field("api_endpoints", &T::api_endpoints, {.example = R"(["https://api.myagent.com/v1"])"}),
      field("capabilities", &T::capabilities, {.example = R"(["nlp","code-generation"])"}),
      field("tags", &T::tags, {.example = R"(["assistant"])"}),
      field("pricing", &T::pricing, {.description = "As the publisher wrote it."}),
      field("teg_wallet_address", &T::teg_wallet_address),
      field("metadata", &T::metadata, {.description = "As the publisher wrote it."}),
      field("developer_id", &T::developer_id, {.description = "The publisher's account."}),
      field("developer", &T::developer, {.description = "The publisher's user name."}),
      field("developer_email", &T::developer_email, {.example = R"("dev@example.com")"}),
      field("is_verified", &T::is_verified,
            {.description = "Whether the publisher has proved to own an endpoint."}),
      field("verified_at", &T::verified_at),
      field("is_federated", &T::is_federated, {.description = "Whether a peer registry has it."}),
      field("registry_url", &T::registry_url, {.description = "The registry that has it."}),
      field("origin_registry_name", &T::origin_registry_name,
            {.description = "Our name of the peer registry that has it; absent for our own.",
             .example = R"("EU-Registry")"}),
      field("staleness_seconds", &T::staleness_seconds,
            {.description = "Since the peer said so; absent for our own.", .example = "12"}),
      field("version", &T::version, {.description = "Grows with every change."}),
      field("created_at", &T::created_at),
      field("updated_at", &T::updated_at),
      field("card_digest", &T::card_digest,
            {.description = "sha256: and the hexadecimal digest of the card's canonical form "
                            "(RFC 8785)."}),
      field("card", &T::card,
            {.description = "The A2A card, byte for byte; in lists only when fields asks for it."}),
  };
};

}  // namespace sovereign::json
