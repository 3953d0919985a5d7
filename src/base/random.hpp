// The seam for randomness: crypto::SystemRandom is the real source, tests bring a fixed one.
#pragma once

#include <cstdint>
#include <span>

namespace sovereign::base {

class Random {
 public:
  virtual ~Random() = default;
  /// Fills `bytes` with unpredictable values; safe to call from any thread.
  virtual void fill(std::span<std::uint8_t> bytes) = 0;
};

}  // namespace sovereign::base
