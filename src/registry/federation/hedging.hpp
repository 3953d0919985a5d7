// When a second request to a slow peer is worth its cost: after the time in which it answers 95 of
// 100 requests, and for a bounded share of them. Pure; not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace sovereign::registry {

class Hedging {
 public:
  using Duration = std::chrono::microseconds;

  static constexpr std::size_t kRemembered = 64;  ///< Latest answers that the quantile is of.
  static constexpr std::size_t kNeeded = 16;      ///< Fewer tell no quantile.
  static constexpr double kShare = 0.1;           ///< Second requests per first one, at most.

  /// A first request was sent.
  void sent();
  void answered(Duration time);

  /// How long to wait for an answer before a second request; nullopt: for ever.
  std::optional<Duration> patience() const;
  /// Takes one second request from the budget, if there is one.
  bool take();

 private:
  std::array<Duration, kRemembered> times_{};
  std::size_t count_ = 0;
  double budget_ = 0;
};

}  // namespace sovereign::registry
