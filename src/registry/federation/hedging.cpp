#include "registry/federation/hedging.hpp"

#include <algorithm>

namespace sovereign::registry {

namespace {
constexpr double kMostSaved = 2;  // Second requests that a quiet time saves up.
}

void Hedging::sent() { budget_ = std::min(budget_ + kShare, kMostSaved); }

void Hedging::answered(Duration time) { times_[count_++ % kRemembered] = time; }

std::optional<Hedging::Duration> Hedging::patience() const {
  if (count_ < kNeeded) return std::nullopt;
  auto sorted = times_;
  const auto size = static_cast<std::ptrdiff_t>(std::min(count_, kRemembered));
  const auto place = sorted.begin() + size * 95 / 100;
  std::nth_element(sorted.begin(), place, sorted.begin() + size);
  return *place;
}

bool Hedging::take() {
  if (budget_ < 1) return false;
  budget_ -= 1;
  return true;
}

}  // namespace sovereign::registry
