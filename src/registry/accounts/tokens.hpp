// Access tokens (JWT, seed: JWT Token Flow), and the random secrets that accounts are given:
// refresh tokens, links in letters, recovery keys.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "crypto/jwt.hpp"
#include "registry/accounts/types.hpp"

namespace sovereign::registry {

struct TokenOptions {
  std::chrono::seconds access_lifetime = std::chrono::hours(24);
};

struct AccessToken {
  std::string text;
  std::chrono::seconds expires_in{};
};

/// Signs access tokens. Their jti is "<session id>.<random>": a session's end ends all of its
/// tokens. Any thread; what it is given must outlive it.
class TokenIssuer {
 public:
  TokenIssuer(const crypto::JwtSigner& signer, const Clock& clock, base::Random& random,
              TokenOptions options = {});

  /// Claims: sub (the account's id), email, role, iss, jti, iat, exp.
  AccessToken issue(const User& user, SessionId session) const;
  /// For an agent: sub is its DID, role "agent". `session` names what ends it; an agent's token
  /// that nothing shall end before its expiry gets a fresh one.
  AccessToken issue(AgentId agent, SessionId session) const;

  std::chrono::seconds access_lifetime() const { return options_.access_lifetime; }

 private:
  AccessToken sign(crypto::Claims claims, SessionId session) const;

  const crypto::JwtSigner& signer_;
  const Clock& clock_;
  base::Random& random_;
  const TokenOptions options_;
};

/// The session in the jti of an access token; nullopt when it is not of ours.
std::optional<SessionId> session_of(std::string_view token_id);

inline constexpr std::string_view kAgentRole = "agent";
inline constexpr std::string_view kAccessPurpose = "access";

/// Makes a secret: its kind as a prefix (so that scanners of published code find it), then 43
/// url-safe characters, 258 bits.
std::string make_refresh_token(base::Random& random);  ///< "avrt_..."
std::string make_mail_token(base::Random& random);     ///< "avmt_..."
std::string make_recovery_key(base::Random& random);   ///< "avrec-..."; alphanumeric, in groups.

/// What is stored of such a secret, in hex. Plain SHA-256: there is nothing to guess in 190 bits or
/// more, so neither salt nor slowness would add anything.
std::string digest_of(std::string_view secret);

}  // namespace sovereign::registry
