#include "registry/identity/service.hpp"

#include <algorithm>
#include <utility>

#include "crypto/random.hpp"
#include "registry/identity/challenge.hpp"

namespace sovereign::registry {
namespace {

using base::fail;
using base::fail_field;

constexpr std::size_t kTokenLength = 43;

Failure no_such_agent() { return fail(ErrorCode::not_found, "There is no agent of this id."); }

/// The origin that `proof` is about: of the named endpoint, which must be at an origin of the
/// agent.
Result<Origin> origin_to_check(const AgentFacts& facts, const Proof& proof) {
  if (facts.endpoints.empty()) {
    return fail(ErrorCode::unprocessable, "The agent has no endpoint that could be checked.");
  }
  const auto wanted = origin_of(proof.endpoint.value_or(facts.endpoints.front()));
  const bool is_own = wanted && std::ranges::any_of(facts.endpoints, [&](const auto& endpoint) {
                        return origin_of(endpoint) == wanted;
                      });
  if (!is_own) {
    return fail_field("/endpoint", "foreign", "This must be one of the agent's api_endpoints.");
  }
  if (proof.method == VerificationMethod::dns && !wanted->is_named()) {
    return fail_field("/method", "unusable", "An address has no TXT records; use http.");
  }
  return *wanted;
}

Result<void> check_signature(const AgentFacts& facts, const Proof& proof, std::string_view did,
                             std::string_view token) {
  if (!facts.key) {
    return fail(ErrorCode::unprocessable,
                "The agent has no Ed25519 key: put one into metadata.public_key_jwk.");
  }
  if (!proof.signature) return fail_field("/signature", "required", "This member is required.");
  if (!signature_answers(*facts.key, challenge_text(did, token), *proof.signature)) {
    return fail_field("/signature", "wrong",
                      "This is not the agent's signature over the challenge's text.");
  }
  return {};
}

/// What the checked proof rests on, as is_still_proved() reads it.
std::string proved_by(const AgentFacts& facts, const Proof& proof) {
  const std::string method(json::name_of(proof.method));
  if (proof.method == VerificationMethod::signature) return method + ' ' + facts.key->x;
  return method + ' ' + origin_to_check(facts, proof)->to_string();
}

}  // namespace

Result<SharedRecord> IdentityService::own_agent(AgentId id, const Caller& caller) const {
  auto record = parts_.catalog.find(id);
  if (record == nullptr || record->status == AgentStatus::inactive) return no_such_agent();
  if (record->developer_id != caller.user && !caller.is_admin) {
    return fail(ErrorCode::forbidden, "Only the agent's publisher may verify it.");
  }
  return record;
}

Task<OpenChallenge> IdentityService::challenge(AgentId id, Caller caller) {
  const auto record = own_agent(id, caller);
  if (!record) co_return Failure(record.error());
  const auto now = parts_.clock.now();
  OpenChallenge open;
  open.challenge = {
      .id = ChallengeId::generate(parts_.random),
      .token = crypto::random_token(parts_.random, kTokenLength, crypto::Alphabet::alphanumeric),
      .expires_at = now + kChallengeLifetime};
  open.steps = challenge_steps(facts_of(**record), did_of(id), open.challenge.token);
  if (open.steps.empty()) {
    co_return fail(ErrorCode::unprocessable,
                   "The agent has nothing to verify: give it an endpoint, or a key in "
                   "metadata.public_key_jwk.");
  }
  sql::Write write;
  write.calls.push_back(delete_challenges(id));
  write.calls.push_back(insert_challenge(open.challenge, id, now));
  auto task = parts_.database.write(std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  if (!*written) co_return no_such_agent();
  co_return open;
}

Task<SharedRecord> IdentityService::verify(AgentId id, Proof proof, Caller caller) {
  const auto record = own_agent(id, caller);
  if (!record) co_return Failure(record.error());
  auto find = store_.find(proof.challenge, id);
  const auto found = co_await std::move(find);
  if (!found) co_return Failure(found.error());
  if (!*found) {
    co_return fail(ErrorCode::not_found,
                   "There is no such open challenge for this agent; ask for one without a body.");
  }
  const auto now = parts_.clock.now();
  if ((*found)->expires_at <= now) {
    co_return fail(ErrorCode::unprocessable, "The challenge has expired; ask for another one.");
  }
  const auto facts = facts_of(**record);
  const auto did = did_of(id);
  auto checking = check(facts, proof, did, (*found)->token);
  const auto checked = co_await std::move(checking);
  if (!checked) co_return Failure(checked.error());
  sql::Write write;
  write.calls.push_back(use_challenge(proof.challenge, now));
  auto use = parts_.database.write(std::move(write));
  const auto used = co_await std::move(use);
  if (!used) co_return Failure(used.error());
  if (!*used) co_return fail(ErrorCode::conflict, "The challenge has just been used.");
  auto mark = parts_.agents.mark_verified(id, proved_by(facts, proof), std::move(caller));
  co_return co_await std::move(mark);
}

Task<void> IdentityService::check(const AgentFacts& facts, const Proof& proof, std::string_view did,
                                  std::string_view token) {
  if (proof.method == VerificationMethod::signature) {
    co_return check_signature(facts, proof, did, token);
  }
  auto task = check_endpoint(facts, proof, token);
  co_return co_await std::move(task);
}

Task<void> IdentityService::check_endpoint(const AgentFacts& facts, const Proof& proof,
                                           std::string_view token) {
  const auto origin = origin_to_check(facts, proof);
  if (!origin) co_return Failure(origin.error());
  if (proof.method == VerificationMethod::dns) {
    auto task = parts_.probe.txt_records(challenge_record_name(*origin));
    const auto records = co_await std::move(task);
    if (!records) co_return Failure(records.error());
    if (records_answer(*records, token)) co_return Result<void>{};
    co_return fail(
        ErrorCode::unprocessable,
        "None of the TXT records of " + challenge_record_name(*origin) + " holds the challenge.");
  }
  auto task = parts_.probe.fetch(challenge_url(*origin, token));
  const auto body = co_await std::move(task);
  if (!body) co_return Failure(body.error());
  if (body_answers(*body, token)) co_return Result<void>{};
  co_return fail(ErrorCode::unprocessable,
                 "The endpoint answered, but not with the challenge's token alone.");
}

}  // namespace sovereign::registry
