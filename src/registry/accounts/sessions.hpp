// Sign-ins: access tokens that end with their session, and refresh tokens that rotate.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "registry/accounts/service.hpp"
#include "registry/accounts/session_store.hpp"
#include "registry/accounts/tokens.hpp"

namespace sovereign::registry {

struct SessionOptions {
  /// A session that is not refreshed for so long ends.
  std::chrono::seconds idle_lifetime = std::chrono::hours(24 * 30);
};

/// Active sessions of one account; a further sign-in ends the one used least recently.
inline constexpr std::int64_t kMaxSessions = 100;

/// What a session is recognised by in the list of sessions.
struct Device {
  std::string user_agent;
  std::string address;
};

class Sessions {
 public:
  Sessions(AccountParts parts, const TokenIssuer& issuer, SessionOptions options = {});

  /// Same answer and same work for an unknown address, an inactive account and a wrong password.
  /// A hash that is not of today's kind is replaced. Errors: unauthenticated, unavailable.
  Task<SignedIn> sign_in(Credentials credentials, Device device, Actor actor);

  /// Uses the refresh token up and gives the next one. One that was used before ends its session:
  /// one of the two who hold it stole it. Errors: unauthenticated, unavailable.
  Task<SignedIn> refresh(std::string refresh_token, Actor actor);

  /// Active ones, used last first. Errors: unavailable.
  Task<std::vector<Session>> list(UserId user);

  /// Ends the session, its refresh tokens and its access tokens. Ending an ended one changes
  /// nothing. Errors: not_found when the account has no such session, unavailable.
  Task<void> end(SessionOwner owner, Actor actor);

  /// Removes rows that no longer matter at `now`. Errors: unavailable.
  Task<void> purge(Timestamp now);

 private:
  /// nullopt when the account's hash is not the checked one any more.
  Task<std::optional<SignedIn>> start(StoredUser account, std::string password, Device device,
                                      Actor actor);
  SignedIn signed_in(const User& user, SessionId session, std::string refresh_token) const;
  Task<void> end_family(SessionId session, UserId user, Actor actor);

  AccountParts parts_;
  const TokenIssuer& issuer_;
  const SessionOptions options_;
  AccountStore accounts_;
  SessionStore store_;
};

}  // namespace sovereign::registry
