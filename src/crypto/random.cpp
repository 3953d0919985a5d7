#include "crypto/random.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <string_view>

namespace sovereign::crypto {
namespace {

constexpr std::string_view characters(Alphabet alphabet) {
  constexpr std::string_view url_safe =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return alphabet == Alphabet::url_safe ? url_safe : url_safe.substr(0, 62);
}

}  // namespace

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min<std::size_t>(bytes.size(), 1U << 20));
    if (RAND_bytes(part.data(), static_cast<int>(part.size())) != 1) std::abort();
    bytes = bytes.subspan(part.size());
  }
}

std::string random_token(base::Random& random, std::size_t length, Alphabet alphabet) {
  const auto set = characters(alphabet);
  // A byte at or above the largest multiple of the set's size would favour its first characters.
  const std::size_t limit = 256 / set.size() * set.size();
  std::string token;
  token.reserve(length);
  std::array<std::uint8_t, 64> bytes{};
  while (token.size() < length) {
    random.fill(bytes);
    for (const std::uint8_t byte : bytes) {
      if (byte < limit && token.size() < length) token += set[byte % set.size()];
    }
  }
  return token;
}

}  // namespace sovereign::crypto
