#include "registry/accounts/tokens.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "registry/agents/types.hpp"

namespace sovereign::registry {
namespace {

constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kTokenIdRandom = 16;  ///< 96 bits tell the tokens of one session apart.
constexpr std::size_t kSecretLength = 43;
constexpr std::size_t kRecoveryGroups = 4;
constexpr std::size_t kRecoveryGroupLength = 8;

std::string make_secret(std::string_view prefix, base::Random& random) {
  return std::string(prefix) +
         crypto::random_token(random, kSecretLength, crypto::Alphabet::url_safe);
}

}  // namespace

TokenIssuer::TokenIssuer(const crypto::JwtSigner& signer, const Clock& clock, base::Random& random,
                         TokenOptions options)
    : signer_(signer), clock_(clock), random_(random), options_(options) {}

AccessToken TokenIssuer::issue(const User& user, SessionId session) const {
  return sign({.subject = user.id.to_string(),
               .email = user.email,
               .role = std::string(json::name_of(user.role))},
              session);
}

AccessToken TokenIssuer::issue(AgentId agent, SessionId session) const {
  return sign({.subject = "did:agentvault:" + agent.to_string(), .role = std::string(kAgentRole)},
              session);
}

AccessToken TokenIssuer::sign(crypto::Claims claims, SessionId session) const {
  const auto now = clock_.now();
  claims.id = session.to_string() + "." +
              crypto::random_token(random_, kTokenIdRandom, crypto::Alphabet::url_safe);
  claims.issued_at = now;
  claims.expires_at = now + options_.access_lifetime;
  return {.text = signer_.sign(claims), .expires_in = options_.access_lifetime};
}

std::optional<SessionId> session_of(std::string_view token_id) {
  if (token_id.size() <= kUuidLength || token_id[kUuidLength] != '.') return std::nullopt;
  return SessionId::parse(token_id.substr(0, kUuidLength));
}

std::string make_refresh_token(base::Random& random) { return make_secret("avrt_", random); }

std::string make_mail_token(base::Random& random) { return make_secret("avmt_", random); }

std::string make_recovery_key(base::Random& random) {
  // In groups, because people copy these from paper.
  std::string key = "avrec";
  for (std::size_t i = 0; i < kRecoveryGroups; ++i) {
    key += '-';
    key += crypto::random_token(random, kRecoveryGroupLength, crypto::Alphabet::alphanumeric);
  }
  return key;
}

std::string digest_of(std::string_view secret) { return base::to_hex(crypto::sha256(secret)); }

}  // namespace sovereign::registry
