// The rules of a challenge: what to put where, and whether it is there. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "registry/identity/facts.hpp"
#include "registry/identity/origin.hpp"
#include "registry/identity/types.hpp"

namespace sovereign::registry {

/// "<origin>/.well-known/agentvault-challenge/<token>"; its body is the token alone. A page that
/// merely shows the address it was asked for does not pass.
std::string challenge_url(const Origin& origin, std::string_view token);
bool body_answers(std::string_view body, std::string_view token);

/// "_agentvault.<host>"; one of its records is "agentvault-challenge=<token>" or the token.
std::string challenge_record_name(const Origin& origin);
bool records_answer(std::span<const std::string> records, std::string_view token);

/// What is signed: it names the purpose and the agent, so that the signature is good for nothing
/// else.
std::string challenge_text(std::string_view did, std::string_view token);
bool signature_answers(const PublicKey& key, std::string_view text, std::string_view base64url);

/// Every way that is open to this agent.
std::vector<VerificationStep> challenge_steps(const AgentFacts& facts, std::string_view did,
                                              std::string_view token);

}  // namespace sovereign::registry
