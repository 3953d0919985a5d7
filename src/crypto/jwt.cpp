#include "crypto/jwt.hpp"

#include <stdexcept>
#include <utility>

#include "base/encoding.hpp"
#include "crypto/jwt_claims.hpp"

namespace sovereign::crypto {
namespace {

/// `{"alg":"HS256","typ":"JWT"}`: the header of every token of ours.
constexpr std::string_view kHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
constexpr std::size_t kSignatureLength = 43;  // 32 bytes in base64url.

Failure refuse(std::string reason) {
  return base::fail(ErrorCode::unauthenticated, "The token is not valid; sign in again.",
                    std::move(reason));
}

std::optional<std::string> decode(std::string_view part) {
  const auto bytes = base::from_base64url(part);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

bool is_accepted_header(std::string_view part) {
  if (part == kHeader) return true;
  const auto text = decode(part);
  return text && is_hs256_header(*text);
}

HmacKey checked_key(std::string_view secret) {
  if (secret.size() < kMinJwtSecretBytes) {
    throw std::invalid_argument("the secret for tokens must have 32 bytes or more");
  }
  return HmacKey(secret);
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view content;  ///< What is signed: both of the above and the dot.
  std::string_view signature;
};

std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  // A third dot would be part of the signature, which then does not decode.
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(0, second), token.substr(second + 1)};
}

}  // namespace

JwtSigner::JwtSigner(std::string_view secret, const std::vector<std::string>& previous_secrets,
                     JwtOptions options)
    : options_(std::move(options)) {
  keys_.push_back(checked_key(secret));
  for (const auto& previous : previous_secrets) keys_.push_back(checked_key(previous));
}

std::string JwtSigner::sign(const Claims& claims) const {
  Claims complete = claims;
  if (!options_.issuer.empty()) complete.issuer = options_.issuer;
  if (!options_.audience.empty()) complete.audience = options_.audience;
  std::string token(kHeader);
  token += '.';
  token += base::to_base64url(base::as_bytes(to_json(complete)));
  const auto signature = keys_.front().sign(token);
  token += '.';
  token += base::to_base64url(signature);
  return token;
}

Result<Claims> JwtSigner::verify(std::string_view token, Timestamp now) const {
  if (token.size() > kMaxTokenBytes) return refuse("token too long");
  const auto parts = split(token);
  if (!parts) return refuse("token without three parts");
  if (!is_accepted_header(parts->header)) return refuse("token header is not HS256 JWT");
  if (!is_signed(parts->content, parts->signature)) return refuse("token signature is wrong");
  const auto payload = decode(parts->payload);
  if (!payload) return refuse("token payload is not base64url");
  auto claims = parse_claims(*payload);
  if (!claims) return refuse("token claims are malformed");
  if (auto checked = check(*claims, now); !checked) return Failure(std::move(checked).error());
  return *std::move(claims);
}

bool JwtSigner::is_signed(std::string_view content, std::string_view signature) const {
  if (signature.size() != kSignatureLength) return false;
  const auto given = base::from_base64url(signature);
  if (!given) return false;
  for (const auto& key : keys_) {
    if (equal_constant_time(key.sign(content), *given)) return true;
  }
  return false;
}

Result<void> JwtSigner::check(const Claims& claims, Timestamp now) const {
  if (now >= claims.expires_at) {
    return base::fail(ErrorCode::unauthenticated, "The token has expired; sign in again.",
                      "token expired");
  }
  const auto latest = now + options_.issue_leeway;
  if (claims.issued_at && *claims.issued_at > latest) return refuse("token issued in the future");
  if (claims.not_before && *claims.not_before > latest) return refuse("token not valid yet");
  if (!options_.issuer.empty() && claims.issuer != options_.issuer)
    return refuse("token of another issuer");
  if (!options_.audience.empty() && claims.audience != options_.audience) {
    return refuse("token for another audience");
  }
  return {};
}

}  // namespace sovereign::crypto
