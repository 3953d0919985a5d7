// Onboarding: a developer asks for a bootstrap token, and an agent registers itself with it, once.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "async/task.hpp"
#include "registry/agents/service.hpp"
#include "registry/onboarding/store.hpp"
#include "registry/onboarding/types.hpp"

namespace sovereign::registry {

/// What onboarding works with; all must outlive it.
struct OnboardingParts {
  sql::Database& database;
  const Clock& clock;
  base::Random& random;
  AgentService& agents;
};

struct OnboardingOptions {
  std::chrono::seconds token_lifetime{300};  ///< Of tokens whose request names none.
};

/// An agent that has just registered.
struct Onboarded {
  SharedRecord record;
  AgentCredential credential;
};

class OnboardingService {
 public:
  /// How long expired tokens stay in their creator's list.
  static constexpr std::chrono::days kKeepExpired{30};

  OnboardingService(OnboardingParts parts, PublishingRule may_publish,
                    OnboardingOptions options = {});

  /// Errors: forbidden (the account may not publish), unavailable.
  Task<IssuedBootstrapToken> request_token(UserId creator, BootstrapTokenRequest request,
                                           Actor actor);

  /// Makes the agent, which belongs to the token's creator, and its credential; the token is used
  /// up by the same transaction. `registration` has passed complete(). Errors: unauthenticated (no
  /// such token, expired, revoked), conflict (used; readable id taken), forbidden (its creator may
  /// not publish), unprocessable, unavailable. None of these uses the token up.
  Task<Onboarded> register_agent(std::string token, AgentRegistration registration, Actor actor);

  Task<BootstrapTokenPage> list_tokens(UserId creator, BootstrapTokenQuery query);

  /// Revoking a token that is revoked or expired already is no error. Errors: not_found, conflict
  /// (used already).
  Task<void> revoke_token(BootstrapTokenId id, UserId creator, Actor actor);

  /// Removes tokens that expired more than kKeepExpired before `now`.
  Task<void> purge(Timestamp now);

 private:
  /// The token, when it is good now and its creator may publish.
  Task<StoredBootstrapToken> admit(const std::string& digest);
  /// Why the token turned out not to be active when it was to be consumed.
  Task<Onboarded> explain_lost_token(const std::string& digest);

  OnboardingParts parts_;
  PublishingRule may_publish_;
  const OnboardingOptions options_;
  OnboardingStore store_;
};

}  // namespace sovereign::registry
