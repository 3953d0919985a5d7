// Ed25519 signatures (RFC 8032): the registry checks what agents sign, the Core signs its audit
// log.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "base/random.hpp"

namespace sovereign::crypto {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;
using Ed25519Signature = std::array<std::uint8_t, 64>;

/// Whether `signature` is `key`'s over exactly `message` (pure Ed25519, no prehash). False for a
/// signature that is not 64 bytes and for a key that is no point of the curve. Any thread.
bool verify_ed25519(const Ed25519PublicKey& key, std::string_view message,
                    std::span<const std::uint8_t> signature);

/// The key of a JWK's `x` member (RFC 8037 section 2): 32 bytes in base64url; nullopt otherwise.
std::optional<Ed25519PublicKey> parse_ed25519_key(std::string_view base64url);

/// A private key, ready to sign. Any thread.
class Ed25519Key {
 public:
  /// The key of RFC 8032's 32-byte seed.
  static Ed25519Key from_seed(std::span<const std::uint8_t, 32> seed);
  /// The key in the file at `path`, its seed in base64url; made when there is no file. Contract and
  /// errors of load_or_create_key(); `unavailable` too when the file holds something else.
  static Result<Ed25519Key> load_or_create(const std::filesystem::path& path, base::Random& random);

  const Ed25519PublicKey& public_key() const { return public_key_; }
  /// Over exactly `message` (pure Ed25519, no prehash).
  Ed25519Signature sign(std::string_view message) const;

 private:
  explicit Ed25519Key(std::shared_ptr<void> key);
  std::shared_ptr<void> key_;  ///< OpenSSL's, immutable, so copies share it.
  Ed25519PublicKey public_key_{};
};

}  // namespace sovereign::crypto
