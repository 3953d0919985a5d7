// Verification of agents: a challenge is given out, answered in the world, and checked.
#pragma once

#include <chrono>

#include "async/task.hpp"
#include "registry/agents/service.hpp"
#include "registry/identity/facts.hpp"
#include "registry/identity/probe.hpp"
#include "registry/identity/store.hpp"
#include "registry/identity/types.hpp"

namespace sovereign::registry {

/// What verification works with; all must outlive it.
struct IdentityParts {
  sql::Database& database;
  const Clock& clock;
  base::Random& random;
  AgentService& agents;
  const Catalog& catalog;
  OwnershipProbe& probe;
};

/// A challenge with the ways to answer it.
struct OpenChallenge {
  Challenge challenge;
  std::vector<VerificationStep> steps;
};

/// What is to be checked.
struct Proof {
  ChallengeId challenge;
  VerificationMethod method = VerificationMethod::http;
  std::optional<std::string> endpoint;
  std::optional<std::string> signature;
};

class IdentityService {
 public:
  /// Long enough for a TXT record to spread.
  static constexpr std::chrono::hours kChallengeLifetime{24};

  explicit IdentityService(IdentityParts parts) : parts_(parts), store_(parts.database) {}

  /// A new challenge; it replaces the agent's earlier one. Errors: not_found, forbidden (not its
  /// publisher), unprocessable (the agent has neither endpoint nor key), unavailable.
  Task<OpenChallenge> challenge(AgentId id, Caller caller);

  /// Checks, and marks the agent as verified. Errors: not_found (agent or challenge), forbidden,
  /// unprocessable (expired; not answered; no such endpoint or key), unavailable. A challenge that
  /// was not answered yet stays open.
  Task<SharedRecord> verify(AgentId id, Proof proof, Caller caller);

 private:
  Result<SharedRecord> own_agent(AgentId id, const Caller& caller) const;
  Task<void> check(const AgentFacts& facts, const Proof& proof, std::string_view did,
                   std::string_view token);
  Task<void> check_endpoint(const AgentFacts& facts, const Proof& proof, std::string_view token);

  IdentityParts parts_;
  ChallengeStore store_;
};

}  // namespace sovereign::registry
