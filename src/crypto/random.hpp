// The operating system's randomness, and tokens made of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/random.hpp"

namespace sovereign::crypto {

/// OpenSSL's generator. A failure to get randomness ends the program: nothing safe can follow.
class SystemRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override;
};

enum class Alphabet {
  alphanumeric,  ///< [A-Za-z0-9], 5.95 bits a character.
  url_safe,      ///< [A-Za-z0-9_-], 6 bits a character.
};

/// `length` characters, each equally likely. 43 url-safe ones hold 258 bits, 32 alphanumeric 190.
std::string random_token(base::Random& random, std::size_t length, Alphabet alphabet);

}  // namespace sovereign::crypto
