#include "registry/identity/facts.hpp"

#include <boost/json/value.hpp>

#include "json/parse.hpp"

namespace sovereign::registry {
namespace {

const json::Object* object_at(const json::Object& parent, std::string_view name) {
  const auto* member = parent.if_contains(name);
  return member == nullptr ? nullptr : member->if_object();
}

std::string_view text_at(const json::Object& parent, std::string_view name) {
  const auto* member = parent.if_contains(name);
  const auto* text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string_view{} : std::string_view(text->data(), text->size());
}

std::optional<PublicKey> key_in(std::string_view text) {
  const auto document = json::parse(text);
  const auto* holder = document ? document->if_object() : nullptr;
  const auto* jwk = holder == nullptr ? nullptr : object_at(*holder, "public_key_jwk");
  if (jwk == nullptr || text_at(*jwk, "kty") != "OKP" || text_at(*jwk, "crv") != "Ed25519") {
    return std::nullopt;
  }
  const auto x = text_at(*jwk, "x");
  const auto bytes = crypto::parse_ed25519_key(x);
  if (!bytes) return std::nullopt;
  return PublicKey{std::string(x), *bytes};
}

}  // namespace

std::optional<PublicKey> key_of(std::string_view metadata, std::string_view card) {
  auto key = key_in(metadata);
  return key ? key : key_in(card);
}

AgentFacts facts_of(const AgentRecord& record) {
  AgentFacts facts;
  const auto document = json::parse(record.json);
  const auto* agent = document ? document->if_object() : nullptr;
  if (agent == nullptr) return facts;
  if (const auto* endpoints = agent->if_contains("api_endpoints")) {
    for (const auto& endpoint : endpoints->as_array()) {
      facts.endpoints.emplace_back(std::string_view(endpoint.as_string()));
    }
  }
  facts.key = key_of(json::raw_member(record.json, "metadata").value_or("null"),
                     json::raw_member(record.json, "card").value_or("null"));
  facts.created_at = base::parse_rfc3339(text_at(*agent, "created_at")).value_or(Timestamp{});
  facts.updated_at = base::parse_rfc3339(text_at(*agent, "updated_at")).value_or(Timestamp{});
  facts.verified_at = base::parse_rfc3339(text_at(*agent, "verified_at"));
  return facts;
}

}  // namespace sovereign::registry
