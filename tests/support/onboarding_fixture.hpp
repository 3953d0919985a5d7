// Onboarding on a registry's agents, with a rule for publishing that a test can close.
#pragma once

#include <string>

#include "crypto/jwt.hpp"
#include "registry/onboarding/service.hpp"
#include "registry/onboarding/session.hpp"
#include "support/agents_fixture.hpp"

namespace sovereign::support {

class OnboardingFixture : public AgentsFixture {
 public:
  explicit OnboardingFixture(Engine engine = Engine::sqlite) : AgentsFixture(engine) {}

  Result<registry::IssuedBootstrapToken> issue(registry::BootstrapTokenRequest request = {}) {
    return await(onboarding.request_token(ada, std::move(request), caller(ada).actor));
  }
  Result<registry::Onboarded> join(std::string token, std::string_view body) {
    auto registration = registry::read_registration(body);
    if (!registration) return Failure(std::move(registration.error()));
    return await(onboarding.register_agent(std::move(token), std::move(*registration),
                                           {.id = "anonymous", .request_id = "r-2"}));
  }

  bool may_publish = true;
  registry::OnboardingService onboarding{
      {*database, clock, random, service}, [this](registry::UserId) -> Task<void> {
        if (may_publish) co_return Result<void>{};
        co_return base::fail(ErrorCode::forbidden, "Prove your email address first.");
      }};
  crypto::JwtSigner signer{std::string(32, 'k')};
  registry::TokenIssuer issuer{signer, clock, random};
  registry::AgentSessions sessions{*database, issuer, random};
};

}  // namespace sovereign::support
