#include "registry/identity/challenge.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kRecordPrefix = "agentvault-challenge=";

/// The origins of `endpoints`, each once, in their order.
std::vector<Origin> origins_of(const std::vector<std::string>& endpoints) {
  std::vector<Origin> origins;
  for (const auto& endpoint : endpoints) {
    const auto origin = origin_of(endpoint);
    if (origin && std::ranges::find(origins, *origin) == origins.end()) origins.push_back(*origin);
  }
  return origins;
}

}  // namespace

std::string challenge_url(const Origin& origin, std::string_view token) {
  return origin.to_string() + "/.well-known/agentvault-challenge/" + std::string(token);
}

bool body_answers(std::string_view body, std::string_view token) {
  return base::trim_ascii(body) == token;
}

std::string challenge_record_name(const Origin& origin) { return "_agentvault." + origin.host; }

bool records_answer(std::span<const std::string> records, std::string_view token) {
  return std::ranges::any_of(records, [token](std::string_view record) {
    record = base::trim_ascii(record);
    if (record.starts_with(kRecordPrefix)) record.remove_prefix(kRecordPrefix.size());
    return record == token;
  });
}

std::string challenge_text(std::string_view did, std::string_view token) {
  return "agentvault-challenge:" + std::string(did) + ":" + std::string(token);
}

bool signature_answers(const PublicKey& key, std::string_view text, std::string_view base64url) {
  const auto signature = base::from_base64url(base64url);
  return signature && crypto::verify_ed25519(key.bytes, text, *signature);
}

std::vector<VerificationStep> challenge_steps(const AgentFacts& facts, std::string_view did,
                                              std::string_view token) {
  std::vector<VerificationStep> steps;
  for (const auto& origin : origins_of(facts.endpoints)) {
    steps.push_back({VerificationMethod::http, challenge_url(origin, token), std::string(token),
                     "Serve the value, alone, at this address with status 200."});
    if (!origin.is_named()) continue;
    steps.push_back({VerificationMethod::dns, challenge_record_name(origin),
                     std::string(kRecordPrefix) + std::string(token),
                     "Publish a TXT record of this name with the value."});
  }
  if (facts.key) {
    steps.push_back({VerificationMethod::signature, "signature", challenge_text(did, token),
                     "Sign the value with the agent's Ed25519 key and send the signature in "
                     "base64url."});
  }
  return steps;
}

}  // namespace sovereign::registry
