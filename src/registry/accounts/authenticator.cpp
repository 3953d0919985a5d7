#include "registry/accounts/authenticator.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "registry/accounts/tokens.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kDidPrefix = "did:agentvault:";

/// What a request shows as its credentials. One of them is set, or none if they cannot be used.
struct Shown {
  std::string_view token;
  std::string_view key;
};

std::string_view bearer_of(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size() ||
      !http::equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) {
    return {};
  }
  return base::trim_ascii(authorization.substr(kScheme.size()));
}

Shown shown_by(const http::Request& request) {
  const auto key = request.header("X-Api-Key");
  const auto authorization = request.header("Authorization");
  // Two credentials could name two accounts; which one was meant is not ours to guess.
  if (!key.empty() && !authorization.empty()) return {};
  if (!key.empty()) return {.key = key};
  const auto bearer = bearer_of(authorization);
  if (bearer.starts_with(kApiKeyPrefix)) return {.key = bearer};
  return {.token = bearer};
}

Failure refuse(std::string detail, std::string context = {}) {
  return base::fail(ErrorCode::unauthenticated, std::move(detail), std::move(context));
}

Failure no_usable_credentials() {
  return refuse(
      "Send one credential: Authorization: Bearer with an access token or an API key, or "
      "X-Api-Key.");
}

Failure inactive() { return refuse("This account is not active."); }

Result<http::Principal> agent_principal(const crypto::Claims& claims) {
  std::string_view id = claims.subject;
  if (id.starts_with(kDidPrefix)) id.remove_prefix(kDidPrefix.size());
  const auto agent = Uuid::parse(id);
  if (!agent) return refuse("The token is not valid.", "agent token with a foreign subject");
  return http::Principal{.kind = http::PrincipalKind::agent,
                         .subject = *agent,
                         .email = {},
                         .scopes = 0,
                         .session = claims.id,
                         .expires_at = claims.expires_at};
}

Result<http::Principal> user_principal(crypto::Claims claims, UserId user,
                                       const AccountState& state) {
  if (!state.is_active) return inactive();
  return http::Principal{.kind = http::PrincipalKind::user,
                         .subject = user.uuid,
                         .email = std::move(claims.email),
                         .is_admin = state.role == Role::admin,
                         .session = std::move(claims.id),
                         .expires_at = claims.expires_at};
}

Result<http::Principal> key_principal(KnownKey key, const AccountState& state) {
  if (!state.is_active) return inactive();
  return http::Principal{.kind = http::PrincipalKind::api_key,
                         .subject = key.user.uuid,
                         .email = std::move(key.email),
                         .is_admin = state.role == Role::admin,
                         .scopes = key.scopes,
                         .session = key.id.to_string(),
                         .expires_at = key.expires_at};
}

}  // namespace

bool AccountAuthenticator::has_credentials(const http::Request& request) const {
  return request.has_header("Authorization") || request.has_header("X-Api-Key");
}

std::optional<Result<http::Principal>> AccountAuthenticator::authenticate_now(
    const http::Request& request) {
  const auto [token, key] = shown_by(request);
  if (!key.empty()) return check_key_now(key);
  if (token.empty()) return no_usable_credentials();
  auto claims = check_token(token);
  if (!claims) return Failure(std::move(claims.error()));
  if (claims->role == kAgentRole) return agent_principal(*claims);
  const auto user = UserId::parse(claims->subject);
  if (!user) return refuse("The token is not valid.", "access token with a foreign subject");
  const auto state = parts_.standing.find(*user);
  if (!state) return std::nullopt;
  return user_principal(std::move(*claims), *user, *state);
}

Result<crypto::Claims> AccountAuthenticator::check_token(std::string_view token) const {
  auto claims = parts_.signer.verify(token, parts_.clock.now());
  if (!claims) return claims;
  if (!claims->purpose.empty() && claims->purpose != kAccessPurpose)
    return refuse("The token is not an access token.");
  const auto session = session_of(claims->id);
  if (!session) return refuse("The token is not valid.", "access token with a foreign jti");
  if (parts_.standing.is_ended(*session)) return refuse("This session has ended; sign in again.");
  return claims;
}

std::optional<Result<http::Principal>> AccountAuthenticator::check_key_now(
    std::string_view key) const {
  auto known = parts_.api_keys.find_known(key);
  if (!known) return std::nullopt;
  const auto state = parts_.standing.find(known->user);
  if (!state) return std::nullopt;
  return key_principal(std::move(*known), *state);
}

Task<http::Principal> AccountAuthenticator::authenticate(const http::Request& request) {
  const auto [token, key] = shown_by(request);
  if (!key.empty()) {
    auto checked = co_await parts_.api_keys.check(std::string(key), request.client_address);
    if (!checked) co_return Failure(checked.error());
    const auto state = co_await parts_.accounts.state(checked->user);
    if (!state) co_return Failure(state.error());
    co_return key_principal(std::move(*checked), *state);
  }
  if (token.empty()) co_return no_usable_credentials();
  auto claims = check_token(token);
  if (!claims) co_return Failure(claims.error());
  if (claims->role == kAgentRole) co_return agent_principal(*claims);
  const auto user = UserId::parse(claims->subject);
  if (!user) co_return refuse("The token is not valid.", "access token with a foreign subject");
  const auto state = co_await parts_.accounts.state(*user);
  if (!state && state.error().code == ErrorCode::not_found) co_return inactive();
  if (!state) co_return Failure(state.error());
  co_return user_principal(std::move(*claims), *user, *state);
}

}  // namespace sovereign::registry
