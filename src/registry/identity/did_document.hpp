// DID documents of agents (W3C DID Core 1.0; method did:agentvault, whose id is the agent's UUID).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/table.hpp"
#include "registry/agents/record.hpp"

namespace sovereign::registry {

/// A public key as JWK (RFC 8037).
struct Jwk {
  std::string kty = "OKP";
  std::string crv = "Ed25519";
  std::string x;
};

struct DidKey {
  std::string id;
  std::string type = "JsonWebKey2020";
  std::string controller;
  Jwk public_key;
};

struct DidService {
  std::string id;
  std::string type;
  std::string endpoint;
};

/// DID Core section 7.1.3, embedded for readers of the document alone.
struct DidMetadata {
  Timestamp created{};
  Timestamp updated{};
  std::string version_id;
  bool deactivated = false;
};

struct DidDocument {
  std::vector<std::string> context;
  std::string id;
  std::string controller;
  std::optional<std::vector<DidKey>> keys;
  std::optional<std::vector<std::string>> authentication;
  std::optional<std::vector<std::string>> assertion_method;
  std::vector<DidService> services;
  DidMetadata metadata;
};

/// A deleted or suspended agent's document is deactivated: it has neither keys nor services.
DidDocument did_document(const AgentRecord& record, std::string_view registry_url);

/// The agent of "did:agentvault:<uuid>"; nullopt for other DIDs and for what is none.
std::optional<AgentId> agent_of_did(std::string_view did);

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::Jwk> {
  using T = sovereign::registry::Jwk;
  static constexpr std::string_view name = "Jwk";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("kty", &T::kty, {.example = R"("OKP")"}),
                 field("crv", &T::crv, {.example = R"("Ed25519")"}), field("x", &T::x)};
};

template <>
struct sovereign::json::Table<sovereign::registry::DidKey> {
  using T = sovereign::registry::DidKey;
  static constexpr std::string_view name = "DidVerificationMethod";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("id", &T::id), field("type", &T::type), field("controller", &T::controller),
                 field("publicKeyJwk", &T::public_key)};
};

template <>
struct sovereign::json::Table<sovereign::registry::DidService> {
  using T = sovereign::registry::DidService;
  static constexpr std::string_view name = "DidService";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("id", &T::id), field("type", &T::type),
                                            field("serviceEndpoint", &T::endpoint)};
};

template <>
struct sovereign::json::Table<sovereign::registry::DidMetadata> {
  using T = sovereign::registry::DidMetadata;
  static constexpr std::string_view name = "DidDocumentMetadata";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("created", &T::created), field("updated", &T::updated),
                 field("versionId", &T::version_id),
                 field("deactivated", &T::deactivated,
                       {.description = "True when the agent was deleted or is suspended."})};
};

template <>
struct sovereign::json::Table<sovereign::registry::DidDocument> {
  using T = sovereign::registry::DidDocument;
  static constexpr std::string_view name = "DidDocument";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("@context", &T::context),
      field("id", &T::id, {.example = R"("did:agentvault:550e8400-e29b-41d4-a716-446655440000")"}),
      field("controller", &T::controller),
      field("verificationMethod", &T::keys,
            {.description = "The Ed25519 key of the agent's metadata.public_key_jwk."}),
      field("authentication", &T::authentication),
      field("assertionMethod", &T::assertion_method),
      field("service", &T::services),
      field("didDocumentMetadata", &T::metadata),
  };
};
