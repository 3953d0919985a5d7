// Ed25519 signatures (RFC 8032), verified only: the registry checks what agents sign.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sovereign::crypto {

using Ed25519PublicKey = std::array<std::uint8_t, 32>;

/// Whether `signature` is `key`'s over exactly `message` (pure Ed25519, no prehash). False for a
/// signature that is not 64 bytes and for a key that is no point of the curve. Any thread.
bool verify_ed25519(const Ed25519PublicKey& key, std::string_view message,
                    std::span<const std::uint8_t> signature);

/// The key of a JWK's `x` member (RFC 8037 section 2): 32 bytes in base64url; nullopt otherwise.
std::optional<Ed25519PublicKey> parse_ed25519_key(std::string_view base64url);

}  // namespace sovereign::crypto
