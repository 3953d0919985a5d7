// An onboarded agent's own session: its credential becomes an access token.
#pragma once

#include <string>

#include "async/task.hpp"
#include "registry/accounts/tokens.hpp"
#include "registry/onboarding/store.hpp"

namespace sovereign::registry {

class AgentSessions {
 public:
  /// All must outlive it.
  AgentSessions(sql::Database& database, const TokenIssuer& issuer, base::Random& random);

  /// A token whose subject is the agent's DID. The same error for an unknown id, a wrong secret and
  /// a revoked credential: unauthenticated. Other errors: forbidden (the agent is suspended or was
  /// deleted), unavailable.
  Task<AccessToken> sign_in(AgentCredential credential);

 private:
  OnboardingStore store_;
  const TokenIssuer& issuer_;
  base::Random& random_;
};

}  // namespace sovereign::registry
