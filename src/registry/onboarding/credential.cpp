#include "registry/onboarding/credential.hpp"

#include <array>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace sovereign::registry {
namespace {

constexpr std::size_t kSecretLength = 43;

/// Standard base64 (RFC 4648 section 4), padded or not, by way of the url-safe alphabet.
std::optional<std::string> decode_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string url_safe(text);
  for (char& c : url_safe) {
    if (c == '-' || c == '_') return std::nullopt;
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  const auto bytes = base::from_base64url(url_safe);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

}  // namespace

AgentCredential make_credential(base::Random& random) {
  std::array<std::uint8_t, 8> id;
  random.fill(id);
  return {.client_id = "agent-" + base::to_hex(id),
          .client_secret =
              "avcs_" + crypto::random_token(random, kSecretLength, crypto::Alphabet::url_safe)};
}

std::string secret_digest(std::string_view secret) { return base::to_hex(crypto::sha256(secret)); }

std::optional<AgentCredential> basic_credential(const http::Request& request) {
  auto header = request.header("Authorization");
  const auto space = header.find(' ');
  if (space == header.npos || !http::equals_ignoring_case(header.substr(0, space), "Basic")) {
    return std::nullopt;
  }
  const auto pair = decode_base64(base::trim_ascii(header.substr(space)));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return AgentCredential{};
  const std::string_view text(*pair);
  auto id = base::percent_decode(text.substr(0, colon), base::PlusSign::space);
  auto secret = base::percent_decode(text.substr(colon + 1), base::PlusSign::space);
  if (!id || !secret || !base::is_utf8(*id) || id->find('\0') != id->npos) {
    return AgentCredential{};
  }
  return AgentCredential{std::move(*id), std::move(*secret)};
}

}  // namespace sovereign::registry
