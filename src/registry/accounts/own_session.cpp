#include "registry/accounts/own_session.hpp"

#include "registry/accounts/tokens.hpp"

namespace sovereign::registry {

Result<SessionOwner> own_session(const http::Request& request) {
  const auto& principal = *request.principal;
  const auto session =
      principal.kind == http::PrincipalKind::user ? session_of(principal.session) : std::nullopt;
  if (!session) {
    return base::fail(ErrorCode::forbidden,
                      "Sign in with email and password for this; an API key may not do it.");
  }
  return SessionOwner{.user = {principal.subject}, .session = *session};
}

}  // namespace sovereign::registry
