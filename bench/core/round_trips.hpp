// Round trip times of calls under way, and what benchmarks say of them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sovereign::bench {

/// A tool's input, {"text":"xx..."}, of so many bytes.
inline std::string input_of(std::size_t bytes) {
  constexpr std::size_t kAround = sizeof(R"({"text":""})") - 1;
  return R"({"text":")" + std::string(bytes > kAround ? bytes - kAround : 0, 'x') + R"("})";
}

enum class Ending { well, failed };

class RoundTrips {
 public:
  explicit RoundTrips(std::size_t calls) : sent_(calls), trips_(calls) {}

  /// The number of the call that is sent now, from 0.
  std::size_t begin() {
    sent_[begun_] = Clock::now();
    return begun_++;
  }
  void end(std::size_t number, Ending ending) {
    trips_[number] =
        std::chrono::duration<double, std::micro>(Clock::now() - sent_[number]).count();
    ++ended_;
    if (ending == Ending::failed) ++failed_;
  }
  std::size_t begun() const { return begun_; }
  std::size_t ended() const { return ended_; }

  /// {"p50_us":..,"p99_us":..,"per_second":..,"failed":..}, once all have ended.
  std::string report() {
    const double seconds = std::chrono::duration<double>(Clock::now() - sent_.front()).count();
    std::ranges::sort(trips_);
    const auto at = [this](double share) {
      return trips_[static_cast<std::size_t>(share * static_cast<double>(trips_.size() - 1))];
    };
    return fmt::format(R"({{"p50_us":{:.1f},"p99_us":{:.1f},"per_second":{:.0f},"failed":{}}})",
                       at(0.5), at(0.99), static_cast<double>(trips_.size()) / seconds, failed_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> sent_;
  std::vector<double> trips_;
  std::size_t begun_ = 0;
  std::size_t ended_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace sovereign::bench
