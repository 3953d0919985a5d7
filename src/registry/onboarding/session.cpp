#include "registry/onboarding/session.hpp"

#include <utility>

#include "crypto/digest.hpp"
#include "registry/onboarding/credential.hpp"

namespace sovereign::registry {

using base::fail;

AgentSessions::AgentSessions(sql::Database& database, const TokenIssuer& issuer,
                             base::Random& random)
    : store_(database), issuer_(issuer), random_(random) {}

Task<AccessToken> AgentSessions::sign_in(AgentCredential credential) {
  auto task = store_.find_credential(credential.client_id);
  const auto found = co_await std::move(task);
  if (!found) co_return Failure(found.error());
  // Compared even when there is none, so that the time does not tell.
  const auto expected = *found ? (*found)->secret_digest : secret_digest("");
  const bool is_right =
      crypto::equal_constant_time(secret_digest(credential.client_secret), expected);
  if (!*found || !is_right || (*found)->is_revoked) {
    co_return fail(ErrorCode::unauthenticated, "The client id or the client secret is wrong.");
  }
  if ((*found)->agent_status == AgentStatus::suspended ||
      (*found)->agent_status == AgentStatus::inactive) {
    co_return fail(ErrorCode::forbidden, "This agent is suspended or was deleted.");
  }
  co_return issuer_.issue((*found)->agent, SessionId::generate(random_));
}

}  // namespace sovereign::registry
