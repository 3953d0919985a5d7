#include "registry/onboarding/token.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace sovereign::registry {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string make_bootstrap_token(base::Random& random) {
  return std::string(kBootstrapPrefix) +
         crypto::random_token(random, kBootstrapSecretLength, crypto::Alphabet::alphanumeric);
}

std::optional<std::string> bootstrap_token_digest(std::string_view token) {
  if (token.size() != kBootstrapPrefix.size() + kBootstrapSecretLength) return std::nullopt;
  const auto secret = token.substr(kBootstrapPrefix.size());
  const auto prefix = base::to_lower_ascii(token.substr(0, kBootstrapPrefix.size()));
  if (prefix != base::to_lower_ascii(kBootstrapPrefix)) return std::nullopt;
  if (!std::ranges::all_of(secret, is_alphanumeric)) return std::nullopt;
  return base::to_hex(crypto::sha256(std::string(kBootstrapPrefix) + std::string(secret)));
}

}  // namespace sovereign::registry
