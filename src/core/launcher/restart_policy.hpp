// Whether and when an agent whose process ended is started again: pure, time is passed in.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/clock.hpp"
#include "json/table.hpp"

namespace sovereign::core {

enum class RestartPolicy : std::uint8_t {
  never,
  on_failure,  ///< After a crash: status other than 0, signal, failed start, lost connection.
  always,      ///< Also when it ended with status 0 without being asked to.
};

struct RestartTimes {
  std::chrono::milliseconds first{1'000};
  std::chrono::milliseconds longest{60'000};
  std::chrono::milliseconds healthy{60'000};  ///< After so long the next delay is `first` again.
  std::size_t crashes = 5;                    ///< So many ...
  std::chrono::milliseconds window{300'000};  ///< ... within this hold the agent.
};

enum class RunEnd : std::uint8_t {
  stopped,  ///< As requested.
  exited,   ///< With status 0, unasked.
  crashed,
};

struct RestartDecision {
  enum class Action : std::uint8_t { stay, restart, hold };
  Action action = Action::stay;
  std::chrono::milliseconds delay{0};  ///< With `restart`.

  bool operator==(const RestartDecision&) const = default;
};

/// One for each agent.
class RestartState {
 public:
  explicit RestartState(RestartTimes times = {}) : times_(times) {}

  /// `ready_since` is nothing when the run never got that far; `jitter` from 0 up to 1 lengthens a
  /// delay by up to a quarter, so that agents that fell together do not come back together.
  RestartDecision on_end(RunEnd end, RestartPolicy policy,
                         std::optional<base::SteadyTime> ready_since, base::SteadyTime now,
                         double jitter);

  /// Held until the last crash is `window` ago, or release().
  bool is_held(base::SteadyTime now) const;
  /// A person wants it to run: forgets all crashes.
  void release();
  std::size_t recent_crashes() const { return crashes_.size(); }

 private:
  RestartTimes times_;
  std::deque<base::SteadyTime> crashes_;  ///< Within the window.
  std::size_t attempts_ = 0;              ///< In a row, without getting healthy.
  bool is_held_ = false;
};

}  // namespace sovereign::core

template <>
struct sovereign::json::Names<sovereign::core::RestartPolicy> {
  using enum sovereign::core::RestartPolicy;
  static constexpr std::array values = {
      EnumName{never, "never"}, EnumName{on_failure, "on-failure"}, EnumName{always, "always"}};
};
