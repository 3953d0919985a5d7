// How agents of older clients register with a bootstrap token.
#pragma once

#include <optional>
#include <string>
#include <tuple>

#include "json/nullable.hpp"
#include "json/table.hpp"
#include "registry/agents/registration.hpp"
#include "registry/onboarding/types.hpp"

namespace sovereign::registry {

/// Body of POST /onboard/create_agent.
struct AgentCreation {
  std::string agent_did_method;
  json::Raw agent_card;
  std::optional<json::Raw> public_key_jwk;
  std::optional<std::string> proof_of_work_solution;
  std::optional<std::string> token;
};

struct CreatedAgent {
  std::string agent_did;
  std::string client_id;
  std::string client_secret;
  std::string account_status = "active";
  std::string initial_funding_status = "pending";
  json::Nullable<std::string> faucet_transaction_id;
  AgentId agent_card_id;
  std::string agent_card_name;
};

/// Whether an agent may ask for a DID by this method. What it gets is did:agentvault. Error:
/// `malformed`.
Result<void> check_did_method(std::string_view method);

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Table<registry::AgentCreation> {
  using T = registry::AgentCreation;
  static constexpr std::string_view name = "AgentCreation";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("agent_did_method", &T::agent_did_method,
            {.description = "cos or agentvault; the DID is did:agentvault either way.",
             .example = R"("cos")",
             .max_length = 32}),
      field("agent_card", &T::agent_card,
            {.description = "The agent card.", .max_bytes = registry::limits::kAgentCard}),
      field("public_key_jwk", &T::public_key_jwk,
            {.description = "The agent's public key; kept in its metadata.", .max_bytes = 4096}),
      field("proof_of_work_solution", &T::proof_of_work_solution,
            {.description = "Not asked for.", .max_length = 1024}),
      field("token", &T::token,
            {.description = "The bootstrap token, unless the header Bootstrap-Token has it. Also "
                            "bootstrap_token.",
             .alias = "bootstrap_token",
             .max_length = 255}),
  };
};

template <>
struct Table<registry::CreatedAgent> {
  using T = registry::CreatedAgent;
  static constexpr std::string_view name = "CreatedAgent";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("agent_did", &T::agent_did),
                 field("client_id", &T::client_id),
                 field("client_secret", &T::client_secret, {.description = "Shown this once."}),
                 field("account_status", &T::account_status, {.example = R"("active")"}),
                 field("initial_funding_status", &T::initial_funding_status,
                       {.description = "Always pending: this registry funds nobody.",
                        .example = R"("pending")"}),
                 field("faucet_transaction_id", &T::faucet_transaction_id),
                 field("agent_card_id", &T::agent_card_id, {.description = "The agent's id."}),
                 field("agent_card_name", &T::agent_card_name)};
};

}  // namespace sovereign::json
