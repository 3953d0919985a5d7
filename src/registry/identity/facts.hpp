// What identity needs to know of an agent, read from its record in the catalog.
#pragma once

#include <optional>
#include <string>
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

struct AgentFacts {
  std::vector<std::string> endpoints;
  /// Of `public_key_jwk` in the metadata, else in the card; only OKP keys on Ed25519.
  std::optional<PublicKey> key;
  Timestamp created_at{};
  Timestamp updated_at{};
  std::optional<Timestamp> verified_at;
};

AgentFacts facts_of(const AgentRecord& record);

}  // namespace sovereign::registry
