// Who sends a request: an account by its access token or API key, or an agent by its token. Tokens
// and remembered keys are checked in memory; the database is asked about what memory does not know.
#pragma once

#include <optional>
#include <string_view>

#include "crypto/jwt.hpp"
#include "http/authenticator.hpp"
#include "registry/accounts/api_keys.hpp"
#include "registry/accounts/service.hpp"
#include "registry/accounts/standing.hpp"

namespace sovereign::registry {

/// What it asks; all must outlive it.
struct AuthenticatorParts {
  const crypto::JwtSigner& signer;
  const Clock& clock;
  const Standing& standing;
  Accounts& accounts;
  ApiKeys& api_keys;
};

class AccountAuthenticator final : public http::Authenticator {
 public:
  explicit AccountAuthenticator(AuthenticatorParts parts) : parts_(parts) {}

  bool has_credentials(const http::Request& request) const override;
  std::optional<Result<http::Principal>> authenticate_now(const http::Request& request) override;
  Task<http::Principal> authenticate(const http::Request& request) override;

 private:
  /// Signature, times, purpose, and that its session has not ended.
  Result<crypto::Claims> check_token(std::string_view token) const;
  std::optional<Result<http::Principal>> check_key_now(std::string_view key) const;

  AuthenticatorParts parts_;
};

}  // namespace sovereign::registry
