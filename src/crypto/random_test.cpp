#include "crypto/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>

namespace sovereign::crypto {
namespace {

/// Hands out 0, 1, 2 ... 255, 0 ...: every byte equally often.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

TEST(SystemRandom, FillsBuffersOfAnySizeDifferentlyEachTime) {
  SystemRandom random;
  std::array<std::uint8_t, 32> first{};
  std::array<std::uint8_t, 32> second{};
  random.fill(first);
  random.fill(second);
  random.fill({});
  EXPECT_NE(first, second);
}

TEST(RandomToken, HasTheLengthAndAlphabetAskedFor) {
  SystemRandom random;
  for (const std::size_t length : {0U, 1U, 32U, 43U, 1000U}) {
    const auto plain = random_token(random, length, Alphabet::alphanumeric);
    const auto url_safe = random_token(random, length, Alphabet::url_safe);
    EXPECT_EQ(plain.size(), length);
    EXPECT_EQ(url_safe.size(), length);
    EXPECT_EQ(
        plain.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
        std::string::npos);
  }
}

TEST(RandomToken, FavoursNoCharacter) {
  for (const auto& [alphabet, size] :
       {std::pair{Alphabet::alphanumeric, 62U}, {Alphabet::url_safe, 64U}}) {
    CountingRandom random;
    std::map<char, int> counts;
    // 256 bytes yield four of each character: a modulo over all of them would give some five.
    for (const char c : random_token(random, std::size_t{4} * size, alphabet)) ++counts[c];
    EXPECT_EQ(counts.size(), size);
    for (const auto& [c, count] : counts) EXPECT_EQ(count, 4) << c;
  }
}

TEST(RandomToken, DoesNotRepeat) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_token(random, 32, Alphabet::alphanumeric));
  EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace sovereign::crypto
