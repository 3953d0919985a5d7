// Sealed secrets: AES-256-GCM (NIST SP 800-38D) under keys derived by HKDF-SHA-256 (RFC 5869). For
// what must be stored and read again; what only has to be recognised is stored as a digest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace sovereign::crypto {

using Key256 = std::array<std::uint8_t, 32>;

/// A key for one purpose, named by `info`. `secret` must be unpredictable; `salt` may be public or
/// empty, and gives independent keys of one secret.
Key256 hkdf_sha256(std::string_view secret, std::string_view salt, std::string_view info);

/// Nonce (12 random bytes), ciphertext and tag (16 bytes), one after the other. `context` is not in
/// it, but only who knows it can open the box: it ties the box to its place. One key may seal 2^32
/// boxes before random nonces repeat too likely.
std::string seal(const Key256& key, std::string_view plaintext, std::string_view context,
                 base::Random& random);

/// nullopt unless `box` was sealed with this key and context, and not changed.
std::optional<std::string> open(const Key256& key, std::string_view box, std::string_view context);

}  // namespace sovereign::crypto
