// A token bucket in plain numbers: so many at once, refilled evenly.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace sovereign::core {

class Budget {
 public:
  Budget(double at_once, double a_second, SteadyTime now)
      : at_once_(at_once), a_second_(a_second), left_(at_once), at_(now) {}

  /// False when nothing is left.
  bool take(SteadyTime now) {
    const std::chrono::duration<double> passed = now - at_;
    at_ = now;
    left_ = std::min(at_once_, left_ + passed.count() * a_second_);
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }
  /// What was taken last does not count after all.
  void put_back() { left_ += 1; }

 private:
  double at_once_;
  double a_second_;
  double left_;
  SteadyTime at_;
};

}  // namespace sovereign::core
