#include "registry/identity/routes.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

using base::fail;
using base::fail_field;

constexpr std::string_view kTag = "Identity";
constexpr std::string_view kDidJson = "application/did+json";

Result<Proof> proof_of(VerificationRequest request) {
  if (!request.challenge_id) {
    return fail_field("/challenge_id", "required",
                      "Name the challenge to check; send no body for a new one.");
  }
  if (!request.method) {
    return fail_field("/method", "required", "Say how the challenge was answered.");
  }
  return Proof{.challenge = *request.challenge_id,
               .method = *request.method,
               .endpoint = std::move(request.endpoint),
               .signature = std::move(request.signature)};
}

bool asks_for_challenge(const VerificationRequest& request) {
  return !request.challenge_id && !request.method && !request.endpoint && !request.signature;
}

Failure no_such_agent() { return fail(ErrorCode::not_found, "There is no agent of this id."); }

}  // namespace

void IdentityRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agents/{agent_id}/verify",
       .operation = "verifyAgent",
       .access = http::Access::user,
       .scope = http::Scope::agents_write,
       .limit = "agents.create",
       .handler = http::endpoint(this, &IdentityRoutes::verify),
       .documentation = {
           .tag = kTag,
           .summary = "Prove that an agent is yours",
           .description =
               "Without a body: a challenge, good for 24 hours, and the ways to answer it; one is "
               "enough. With challenge_id and method: whether it was answered. http fetches a file "
               "below an endpoint's origin, dns reads a TXT record of its host, signature checks "
               "an "
               "Ed25519 signature by the key in metadata.public_key_jwk. The agent is then "
               "verified, "
               "until it loses that endpoint or key.",
           .errors = {404, 409}}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/agents/{agent_id}/did.json",
                   .operation = "getAgentDidDocument",
                   .handler = http::endpoint(this, &IdentityRoutes::document_of_agent),
                   .documentation = {.tag = kTag,
                                     .summary = "An agent's DID document",
                                     .errors = {404},
                                     .answer_type = kDidJson}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/did/{did}",
                   .operation = "resolveDid",
                   .handler = http::endpoint(this, &IdentityRoutes::resolve),
                   .documentation = {
                       .tag = kTag,
                       .summary = "Resolve a DID",
                       .description = "Of the method did:agentvault, for agents of this registry. "
                                      "Deleted and suspended agents have a deactivated document "
                                      "without keys and services.",
                       .errors = {404},
                       .answer_type = kDidJson}});
}

Task<http::Reply<OwnershipAnswer>> IdentityRoutes::open_challenge(AgentId agent, Caller caller) {
  auto task = service_.challenge(agent, std::move(caller));
  auto open = co_await std::move(task);
  if (!open) co_return Failure(std::move(open.error()));
  co_return http::Reply<OwnershipAnswer>{.value = {.status = VerificationState::challenge,
                                                   .challenge_id = open->challenge.id,
                                                   .token = open->challenge.token,
                                                   .methods = std::move(open->steps),
                                                   .expires_at = open->challenge.expires_at,
                                                   .did = did_of(agent)}};
}

Task<http::Reply<OwnershipAnswer>> IdentityRoutes::verify(
    const http::Request& request, http::OptionalJson<VerificationRequest> body) {
  const auto id = AgentId::parse(request.parameters.values[0]);
  if (!id) co_return no_such_agent();
  if (asks_for_challenge(body.value)) {
    auto opening = open_challenge(*id, caller_of(request));
    co_return co_await std::move(opening);
  }
  auto proof = proof_of(std::move(body.value));
  if (!proof) co_return Failure(std::move(proof.error()));
  const auto method = proof->method;
  auto task = service_.verify(*id, std::move(*proof), caller_of(request));
  const auto record = co_await std::move(task);
  if (!record) co_return Failure(record.error());
  co_return http::Reply<OwnershipAnswer>{.value = {.status = VerificationState::verified,
                                                   .did = did_of(*id),
                                                   .method = method,
                                                   .verified_at = facts_of(**record).verified_at},
                                         .etag = (*record)->etag};
}

Result<http::Prepared<DidDocument>> IdentityRoutes::document_of_agent(
    const http::Request& request) {
  return document(AgentId::parse(request.parameters.values[0]));
}

Result<http::Prepared<DidDocument>> IdentityRoutes::resolve(const http::Request& request) {
  return document(agent_of_did(request.parameters.values[0]));
}

Result<http::Prepared<DidDocument>> IdentityRoutes::document(std::optional<AgentId> id) const {
  const auto record = id ? catalog_.find(*id) : nullptr;
  if (record == nullptr) return no_such_agent();
  return http::Prepared<DidDocument>{
      {.content_type = kDidJson,
       .body = json::to_text(did_document(*record, catalog_.registry_url())),
       .etag = record->etag,
       .cache_control = "public, max-age=60"}};
}

}  // namespace sovereign::registry
