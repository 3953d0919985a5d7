#include "registry/federation/key.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "crypto/key_file.hpp"

namespace sovereign::registry {
namespace {

std::string_view as_text(const crypto::Key256& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

}  // namespace

FederationKey::FederationKey(std::string_view secret)
    : sealing_(crypto::hkdf_sha256(secret, {}, "federation: seal presented tokens")),
      digests_(as_text(crypto::hkdf_sha256(secret, {}, "federation: digest accepted tokens"))),
      identity_(crypto::Ed25519Key::from_seed(
          crypto::hkdf_sha256(secret, {}, "federation: Ed25519 identity"))) {}

Result<FederationKey> FederationKey::load(std::string_view secret,
                                          const std::filesystem::path& path, base::Random& random) {
  if (!secret.empty()) {
    if (secret.size() >= kMinBytes) return FederationKey(secret);
    return base::fail(ErrorCode::unprocessable,
                      fmt::format("federation.key must have {} bytes or more.", kMinBytes));
  }
  const auto kept = crypto::load_or_create_key(path, kMinBytes, random);
  if (!kept) return Failure(kept.error());
  return FederationKey(*kept);
}

crypto::Digest256 FederationKey::token_digest(std::string_view token) const {
  return digests_.sign(token);
}

std::string FederationKey::seal_token(PeerId peer, std::string_view token,
                                      base::Random& random) const {
  const auto box = crypto::seal(sealing_, token, peer.to_string(), random);
  return base::to_base64url(base::as_bytes(box));
}

std::optional<std::string> FederationKey::open_token(PeerId peer, std::string_view sealed) const {
  const auto box = base::from_base64url(sealed);
  if (!box) return std::nullopt;
  return crypto::open(sealing_, {reinterpret_cast<const char*>(box->data()), box->size()},
                      peer.to_string());
}

}  // namespace sovereign::registry
