#include "crypto/bcrypt.hpp"

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "crypto/digest.hpp"

namespace sovereign::crypto {
namespace {

constexpr std::size_t kVisibleBytes = 72;
constexpr std::size_t kSaltLength = 22;
constexpr std::size_t kHashLength = 31;
constexpr std::size_t kSettingLength = 7;  // "$2b$10$"
constexpr std::string_view kSha256Prefix = "$bcrypt-sha256$v=2,t=2b,r=";

bool is_bcrypt_base64(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '/';
  });
}

std::optional<int> in_bounds(int rounds) {
  return rounds >= kMinBcryptRounds && rounds <= kMaxBcryptRounds ? std::optional(rounds)
                                                                  : std::nullopt;
}

/// One or two digits; -1 for anything else.
int to_rounds(std::string_view digits) {
  int rounds = digits.empty() || digits.size() > 2 ? -1 : 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || rounds < 0) return -1;
    rounds = rounds * 10 + (c - '0');
  }
  return rounds;
}

/// crypt_r over at most kVisibleBytes without a NUL; `setting` is `$2b$10$` and a salt.
std::optional<std::string> crypt_text(const std::string& text, const std::string& setting) {
  const auto wipe_and_delete = [](crypt_data* data) {
    OPENSSL_cleanse(data, sizeof *data);
    delete data;
  };
  // 32 KB: too much for the stack of a pool thread that is already deep.
  const std::unique_ptr<crypt_data, decltype(wipe_and_delete)> data(new crypt_data{},
                                                                    wipe_and_delete);
  const char* hash = crypt_r(text.c_str(), setting.c_str(), data.get());
  if (hash == nullptr || hash[0] == '*') return std::nullopt;
  return hash;
}

/// What bcrypt gets to see of a secret of any length: 44 characters (passlib's version 2).
std::string condensed(std::string_view secret, std::string_view salt) {
  const auto digest = hmac_sha256(salt, secret);
  std::array<std::uint8_t, 45> encoded{};
  EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {encoded.begin(), encoded.end() - 1};
}

/// The last 31 characters of the plain hash of the condensed secret.
std::optional<std::string> hash_condensed(std::string_view secret, int rounds,
                                          std::string_view salt) {
  auto text = condensed(secret, salt);
  auto hash = crypt_text(text, fmt::format("$2b${:02}${}", rounds, salt));
  wipe(text);
  if (!hash || hash->size() != kSettingLength + kSaltLength + kHashLength) return std::nullopt;
  return hash->substr(kSettingLength + kSaltLength);
}

struct Sha256Parts {
  int rounds = -1;
  std::string_view salt;
  std::string_view hash;
};

Sha256Parts split_sha256(std::string_view stored) {
  if (!stored.starts_with(kSha256Prefix)) return {};
  stored.remove_prefix(kSha256Prefix.size());
  const auto first = stored.find('$');
  if (first == std::string_view::npos || stored.size() != first + 1 + kSaltLength + 1 + kHashLength)
    return {};
  if (stored[first + 1 + kSaltLength] != '$') return {};
  return {to_rounds(stored.substr(0, first)), stored.substr(first + 1, kSaltLength),
          stored.substr(first + 2 + kSaltLength)};
}

}  // namespace

std::optional<int> plain_bcrypt_rounds(std::string_view stored) {
  if (stored.size() != kSettingLength + kSaltLength + kHashLength) return std::nullopt;
  const auto prefix = stored.substr(0, 4);
  if (prefix != "$2b$" && prefix != "$2a$" && prefix != "$2y$") return std::nullopt;
  if (stored[6] != '$' || !is_bcrypt_base64(stored.substr(kSettingLength))) return std::nullopt;
  return in_bounds(to_rounds(stored.substr(4, 2)));
}

std::optional<int> bcrypt_sha256_rounds(std::string_view stored) {
  const auto parts = split_sha256(stored);
  if (!is_bcrypt_base64(parts.salt) || !is_bcrypt_base64(parts.hash)) return std::nullopt;
  return in_bounds(parts.rounds);
}

std::optional<bool> verify_plain_bcrypt(std::string_view secret, std::string_view stored) {
  const bool seen_whole = secret.size() <= kVisibleBytes && !secret.contains('\0');
  std::string text(seen_whole ? secret : "");
  const auto hash = crypt_text(text, std::string(stored));
  wipe(text);
  if (!hash) return std::nullopt;
  return equal_constant_time(*hash, stored) && seen_whole;
}

std::optional<bool> verify_bcrypt_sha256(std::string_view secret, std::string_view stored) {
  const auto parts = split_sha256(stored);
  const auto hash = hash_condensed(secret, parts.rounds, parts.salt);
  if (!hash) return std::nullopt;
  return equal_constant_time(*hash, parts.hash);
}

std::optional<std::string> make_bcrypt_sha256(std::string_view secret, int rounds,
                                              base::Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  random.fill(bytes);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* made = crypt_gensalt_rn("$2b$", static_cast<unsigned long>(rounds),
                                      reinterpret_cast<const char*>(bytes.data()), bytes.size(),
                                      setting.data(), setting.size());
  if (made == nullptr) return std::nullopt;
  const auto salt = std::string_view(made).substr(kSettingLength, kSaltLength);
  const auto hash = hash_condensed(secret, rounds, salt);
  if (!hash) return std::nullopt;
  return fmt::format("{}{}${}${}", kSha256Prefix, rounds, salt, *hash);
}

}  // namespace sovereign::crypto
