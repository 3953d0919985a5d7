// For tests: random numbers that are none.
#pragma once

#include "base/random.hpp"

namespace sovereign::mail {

/// Distinct, not random.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace sovereign::mail
