// How long to wait before trying again: twice as long each time up to a bound, and never in step
// with others that lost the same server at the same moment.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>

#include "base/random.hpp"

namespace sovereign::cache {

class Backoff {
 public:
  static constexpr std::chrono::milliseconds kFirst{50};
  static constexpr std::chrono::milliseconds kLongest{2000};

  /// `random` must outlive this.
  explicit Backoff(base::Random& random) : random_(random) {}

  /// Between half of the current step and all of it; the step doubles.
  std::chrono::milliseconds next() {
    std::array<std::uint8_t, 2> bytes{};
    random_.fill(bytes);
    std::uint16_t drawn = 0;
    std::memcpy(&drawn, bytes.data(), sizeof drawn);
    const auto half = step_ / 2;
    const auto wait = half + half * drawn / 65535;
    step_ = std::min(step_ * 2, kLongest);
    return wait;
  }
  void reset() { step_ = kFirst; }

 private:
  base::Random& random_;
  std::chrono::milliseconds step_ = kFirst;
};

}  // namespace sovereign::cache
