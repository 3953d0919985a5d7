// Password hashes: argon2id for those we make (RFC 9106, parameters in the PHC string), bcrypt for
// API keys and for hashes imported from elsewhere. Every call here takes milliseconds by design:
// run it on a worker pool, never on an event loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/random.hpp"

namespace sovereign::crypto {

/// Longer passwords are refused (`too_large` here; the password policy says so to users first).
inline constexpr std::size_t kMaxPasswordBytes = 1024;

/// OWASP's first choice for argon2id: 19 MiB, 2 passes, 1 lane; about 18 ms.
struct Argon2Cost {
  std::uint32_t memory_kib = 19 * 1024;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;

  bool operator==(const Argon2Cost&) const = default;
};

/// log2 of the number of rounds: 10 takes 44 ms, 12 takes 177 ms.
struct BcryptCost {
  int rounds_log2 = 10;
};

enum class HashFormat {
  argon2id,       ///< `$argon2id$v=19$m=..,t=..,p=..$salt$hash`
  bcrypt,         ///< `$2a$`, `$2b$`, `$2y$`: imported. Sees 72 bytes and no NUL.
  bcrypt_sha256,  ///< `$bcrypt-sha256$v=2,t=2b,r=..$salt$hash`: HMAC-SHA-256 before bcrypt, any
                  ///< length.
};

/// The format of a stored hash; nullopt when it is none of ours, malformed, or so costly that
/// verifying it would be an attack (bcrypt over 2^14, argon2id over 256 MiB or 16 passes).
std::optional<HashFormat> hash_format(std::string_view stored);

/// `random` must outlive the hasher and be safe for concurrent use. All members are const and may
/// be called from several threads; each running call takes `memory_kib` of memory.
class PasswordHasher {
 public:
  PasswordHasher(Argon2Cost cost, base::Random& random) : cost_(cost), random_(random) {}

  /// An argon2id PHC string. Errors: too_large; unavailable when memory is short.
  Result<std::string> hash(std::string_view password) const;

  /// Whether `password` is the one `stored` was made of. A password that bcrypt could only see in
  /// part (over 72 bytes, or with a NUL) never matches an imported bcrypt hash.
  /// Errors: too_large; internal when `stored` is of no known format; unavailable as above.
  Result<bool> verify(std::string_view password, std::string_view stored) const;

  /// Spends what verify() costs on one of our own hashes; for accounts that do not exist.
  void verify_nothing(std::string_view password) const;

  /// True when `stored` is not an argon2id hash of this hasher's cost: hash anew after a login.
  bool needs_rehash(std::string_view stored) const;

 private:
  const Argon2Cost cost_;
  base::Random& random_;
};

/// A bcrypt-sha256 hash (the format of passlib): no byte of a long secret is ignored.
/// Errors: too_large; unprocessable for a cost outside 4..14.
Result<std::string> bcrypt_hash(std::string_view secret, BcryptCost cost, base::Random& random);

/// Verifies either bcrypt format. Errors as PasswordHasher::verify.
Result<bool> bcrypt_verify(std::string_view secret, std::string_view stored);

}  // namespace sovereign::crypto
