// What identity needs to know of an agent, read from its record in the catalog.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "crypto/signature.hpp"
#include "registry/agents/record.hpp"

namespace sovereign::registry {

/// An Ed25519 public key as the publisher gave it (RFC 8037).
struct PublicKey {
  std::string x;  ///< base64url
  crypto::Ed25519PublicKey bytes{};
};

/// The key in `public_key_jwk` of the metadata, else of the card (JSON objects, as text).
std::optional<PublicKey> key_of(std::string_view metadata, std::string_view card);

struct AgentFacts {
  std::vector<std::string> endpoints;
  std::optional<PublicKey> key;
  Timestamp created_at{};
  Timestamp updated_at{};
  std::optional<Timestamp> verified_at;
};

AgentFacts facts_of(const AgentRecord& record);

}  // namespace sovereign::registry
