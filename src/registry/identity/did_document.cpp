#include "registry/identity/did_document.hpp"

#include <fmt/format.h>

#include "registry/identity/facts.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kMethodPrefix = "did:agentvault:";

void add_key(DidDocument& document, const PublicKey& key) {
  const auto id = document.id + "#key-1";
  document.keys = {{.id = id, .controller = document.id, .public_key = {.x = key.x}}};
  document.authentication = {id};
  document.assertion_method = {id};
}

}  // namespace

DidDocument did_document(const AgentRecord& record, std::string_view registry_url) {
  const auto facts = facts_of(record);
  DidDocument document;
  document.context = {"https://www.w3.org/ns/did/v1",
                      "https://w3id.org/security/suites/jws-2020/v1"};
  document.id = did_of(record.id);
  document.controller = document.id;
  document.metadata = {.created = facts.created_at,
                       .updated = facts.updated_at,
                       .version_id = std::to_string(record.version),
                       .deactivated = record.status == AgentStatus::inactive ||
                                      record.status == AgentStatus::suspended};
  if (document.metadata.deactivated) return document;
  if (facts.key) add_key(document, *facts.key);
  for (std::size_t i = 0; i < facts.endpoints.size(); ++i) {
    document.services.push_back(
        {fmt::format("{}#endpoint-{}", document.id, i + 1), "AgentEndpoint", facts.endpoints[i]});
  }
  document.services.push_back(
      {document.id + "#registry", "AgentVaultRegistry",
       fmt::format("{}/api/v1/agents/{}", registry_url, record.id.to_string())});
  return document;
}

std::optional<AgentId> agent_of_did(std::string_view did) {
  if (!did.starts_with(kMethodPrefix)) return std::nullopt;
  return AgentId::parse(did.substr(kMethodPrefix.size()));
}

}  // namespace sovereign::registry
