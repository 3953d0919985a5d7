// Time as the project uses it: UTC instants in microseconds, read through a Clock so that tests
// own it, printed and parsed as RFC 3339.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sovereign::base {

/// A UTC instant; also what databases store (microseconds since 1970, as a 64-bit integer).
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
/// For durations and deadlines; never goes back.
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  SteadyTime steady_now() const override;
};

/// A clock that stands still until told; both readings move together. For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = Timestamp{std::chrono::seconds{1'750'000'000}})
      : now_(start) {}
  Timestamp now() const override { return now_; }
  SteadyTime steady_now() const override { return SteadyTime{now_.time_since_epoch()}; }
  void advance(std::chrono::microseconds by) { now_ += by; }

 private:
  Timestamp now_;
};

/// RFC 3339 in UTC with `Z`; the fraction has six digits, or none when it is zero.
std::string to_rfc3339(Timestamp time);

/// Reads an RFC 3339 date-time with any offset; nullopt when it is not one (leap second 60 and
/// fractions past microseconds are accepted and truncated).
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace sovereign::base

namespace sovereign {
using base::Clock;
using base::SteadyTime;
using base::Timestamp;
}  // namespace sovereign
