// The two bcrypt formats, behind password.hpp: text in, text out, no policy.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace sovereign::crypto {

inline constexpr int kMinBcryptRounds = 4;
inline constexpr int kMaxBcryptRounds = 14;

/// Verifying costs 2^rounds; nullopt when `stored` is not of the plain format, `$2b$10$` and 53
/// characters (also 2a, 2y), or its rounds are out of bounds.
std::optional<int> plain_bcrypt_rounds(std::string_view stored);

/// The same for `$bcrypt-sha256$v=2,t=2b,r=10$salt$hash`.
std::optional<int> bcrypt_sha256_rounds(std::string_view stored);

/// `stored` must be of the format. nullopt when libcrypt could not hash (memory).
std::optional<bool> verify_plain_bcrypt(std::string_view secret, std::string_view stored);
std::optional<bool> verify_bcrypt_sha256(std::string_view secret, std::string_view stored);
std::optional<std::string> make_bcrypt_sha256(std::string_view secret, int rounds,
                                              base::Random& random);

}  // namespace sovereign::crypto
