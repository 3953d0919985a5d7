// JSON Web Tokens for our own sessions (RFC 7519), signed with HMAC-SHA-256 only. Strict: the
// algorithm is ours to choose, not the token's.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "crypto/digest.hpp"

namespace sovereign::crypto {

/// Longer tokens are refused before any other work.
inline constexpr std::size_t kMaxTokenBytes = 4096;
inline constexpr std::size_t kMinJwtSecretBytes = 32;

/// What a token says. An empty text or list is left out of the token. Times have whole seconds.
struct Claims {
  std::string subject;  ///< sub
  std::string email;
  std::string role;
  std::string issuer;                   ///< iss
  std::string audience;                 ///< aud, one text
  std::string id;                       ///< jti
  std::string purpose;                  ///< What the token is for when it is not access.
  std::vector<std::string> scopes;      ///< scope, space-separated (RFC 8693 section 4.2)
  std::optional<Timestamp> issued_at;   ///< iat
  std::optional<Timestamp> not_before;  ///< nbf
  Timestamp expires_at{};               ///< exp

  bool operator==(const Claims&) const = default;
};

struct JwtOptions {
  std::string issuer;    ///< Written by sign(), demanded by verify(), unless empty.
  std::string audience;  ///< The same.
  /// How far ahead the clock of the replica that issued a token may be (iat, nbf). Expiry has no
  /// leeway: it errs on the side of signing in again.
  std::chrono::seconds issue_leeway{5};
};

/// Any thread.
class JwtSigner {
 public:
  /// `previous_secrets` are still accepted by verify(), newest first, while a key is rotated.
  /// Throws std::invalid_argument when a secret has less than kMinJwtSecretBytes.
  explicit JwtSigner(std::string_view secret, const std::vector<std::string>& previous_secrets = {},
                     JwtOptions options = {});

  std::string sign(const Claims& claims) const;

  /// The claims of a token that one of our keys signed and that is valid at `now`. Unknown claims
  /// are ignored (RFC 7519 section 4). Error: `unauthenticated`; the context says why.
  Result<Claims> verify(std::string_view token, Timestamp now) const;

 private:
  bool is_signed(std::string_view content, std::string_view signature) const;
  Result<void> check(const Claims& claims, Timestamp now) const;

  std::vector<HmacKey> keys_;  ///< The first one signs.
  const JwtOptions options_;
};

}  // namespace sovereign::crypto
