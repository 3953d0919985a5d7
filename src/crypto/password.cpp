#include "crypto/password.hpp"

#include <argon2.h>

#include <array>
#include <charconv>

#include "crypto/bcrypt.hpp"

namespace sovereign::crypto {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kTagBytes = 32;
constexpr std::uint32_t kMaxMemoryKib = 256 * 1024;
constexpr std::uint32_t kMaxPasses = 16;
constexpr std::uint32_t kMaxLanes = 16;

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

bool take_number(std::string_view& text, std::uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// The cost in an argon2id PHC string of the current version.
std::optional<Argon2Cost> argon2_cost(std::string_view stored) {
  Argon2Cost cost;
  const bool read = take(stored, "$argon2id$v=19$m=") && take_number(stored, cost.memory_kib) &&
                    take(stored, ",t=") && take_number(stored, cost.passes) &&
                    take(stored, ",p=") && take_number(stored, cost.lanes) && take(stored, "$");
  if (!read || cost.memory_kib > kMaxMemoryKib || cost.passes > kMaxPasses ||
      cost.lanes > kMaxLanes) {
    return std::nullopt;
  }
  return cost;
}

Failure too_long() {
  return base::fail(ErrorCode::too_large, "The password is longer than 1024 bytes.");
}

Failure short_of_memory(std::string context) {
  return base::fail(ErrorCode::unavailable, "The server is busy; try again in a moment.",
                    std::move(context));
}

Result<bool> verify_argon2(std::string_view password, std::string_view stored) {
  const int outcome =
      argon2id_verify(std::string(stored).c_str(), password.data(), password.size());
  if (outcome == ARGON2_OK) return true;
  if (outcome == ARGON2_VERIFY_MISMATCH) return false;
  if (outcome == ARGON2_MEMORY_ALLOCATION_ERROR) return short_of_memory("argon2 memory");
  return base::fail(ErrorCode::internal, "The stored password cannot be checked.",
                    argon2_error_message(outcome));
}

}  // namespace

std::optional<HashFormat> hash_format(std::string_view stored) {
  if (argon2_cost(stored)) return HashFormat::argon2id;
  if (plain_bcrypt_rounds(stored)) return HashFormat::bcrypt;
  if (bcrypt_sha256_rounds(stored)) return HashFormat::bcrypt_sha256;
  return std::nullopt;
}

Result<std::string> PasswordHasher::hash(std::string_view password) const {
  if (password.size() > kMaxPasswordBytes) return too_long();
  std::array<std::uint8_t, kSaltBytes> salt{};
  random_.fill(salt);
  std::string encoded(argon2_encodedlen(cost_.passes, cost_.memory_kib, cost_.lanes, kSaltBytes,
                                        kTagBytes, Argon2_id),
                      '\0');
  const int outcome = argon2id_hash_encoded(cost_.passes, cost_.memory_kib, cost_.lanes,
                                            password.data(), password.size(), salt.data(),
                                            salt.size(), kTagBytes, encoded.data(), encoded.size());
  if (outcome != ARGON2_OK) return short_of_memory(argon2_error_message(outcome));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

Result<bool> PasswordHasher::verify(std::string_view password, std::string_view stored) const {
  if (password.size() > kMaxPasswordBytes) return too_long();
  if (hash_format(stored) == HashFormat::argon2id) return verify_argon2(password, stored);
  return bcrypt_verify(password, stored);
}

void PasswordHasher::verify_nothing(std::string_view password) const {
  static_cast<void>(hash(password.substr(0, kMaxPasswordBytes)));
}

bool PasswordHasher::needs_rehash(std::string_view stored) const {
  return argon2_cost(stored) != cost_;
}

Result<std::string> bcrypt_hash(std::string_view secret, BcryptCost cost, base::Random& random) {
  if (secret.size() > kMaxPasswordBytes) return too_long();
  if (cost.rounds_log2 < kMinBcryptRounds || cost.rounds_log2 > kMaxBcryptRounds) {
    return base::fail(ErrorCode::unprocessable, "The bcrypt cost must be from 4 to 14.");
  }
  auto hash = make_bcrypt_sha256(secret, cost.rounds_log2, random);
  if (!hash) return short_of_memory("bcrypt");
  return *std::move(hash);
}

Result<bool> bcrypt_verify(std::string_view secret, std::string_view stored) {
  if (secret.size() > kMaxPasswordBytes) return too_long();
  std::optional<bool> matches;
  if (plain_bcrypt_rounds(stored)) {
    matches = verify_plain_bcrypt(secret, stored);
  } else if (bcrypt_sha256_rounds(stored)) {
    matches = verify_bcrypt_sha256(secret, stored);
  } else {
    return base::fail(ErrorCode::internal, "The stored password cannot be checked.",
                      "password hash of an unknown format");
  }
  if (!matches) return short_of_memory("bcrypt");
  return *matches;
}

}  // namespace sovereign::crypto
