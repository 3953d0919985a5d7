#include "core/launcher/restart_policy.hpp"

#include <gtest/gtest.h>

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;
using Action = RestartDecision::Action;

class RestartStateTest : public testing::Test {
 protected:
  RestartDecision end(RunEnd how, RestartPolicy policy = RestartPolicy::on_failure) {
    return state.on_end(how, policy, ready_since, now, jitter);
  }

  RestartState state;
  base::SteadyTime now{1h};
  std::optional<base::SteadyTime> ready_since;
  double jitter = 0;
};

TEST_F(RestartStateTest, PoliciesDifferInWhatTheyRestart) {
  using enum RestartPolicy;
  using enum RunEnd;
  const struct {
    RunEnd end;
    RestartPolicy policy;
    Action action;
  } rows[] = {
      {stopped, never, Action::stay},     {stopped, on_failure, Action::stay},
      {stopped, always, Action::stay},    {exited, never, Action::stay},
      {exited, on_failure, Action::stay}, {exited, always, Action::restart},
      {crashed, never, Action::stay},     {crashed, on_failure, Action::restart},
      {crashed, always, Action::restart},
  };
  for (const auto& row : rows) {
    RestartState fresh;
    EXPECT_EQ(fresh.on_end(row.end, row.policy, {}, now, 0).action, row.action);
  }
}

TEST_F(RestartStateTest, DelaysDoubleUpToTheLongest) {
  for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    now += 2min;
    EXPECT_EQ(end(RunEnd::crashed), (RestartDecision{Action::restart, expected}));
  }
}

TEST_F(RestartStateTest, JitterAddsUpToAQuarter) {
  jitter = 0.999;
  const auto delay = end(RunEnd::crashed).delay;
  EXPECT_GT(delay, 1240ms);
  EXPECT_LT(delay, 1250ms);
}

TEST_F(RestartStateTest, AMinuteOfHealthStartsTheDelaysOver) {
  end(RunEnd::crashed);
  now += 3min;
  end(RunEnd::crashed);
  now += 3min;
  ready_since = now - 60s;
  EXPECT_EQ(end(RunEnd::crashed).delay, 1s);
  now += 3min;
  ready_since = now - 59s;
  EXPECT_EQ(end(RunEnd::crashed).delay, 2s);
}

TEST_F(RestartStateTest, FiveCrashesInFiveMinutesHoldTheAgent) {
  for (int crash = 0; crash < 4; ++crash) {
    EXPECT_EQ(end(RunEnd::crashed).action, Action::restart);
    EXPECT_FALSE(state.is_held(now));
    now += 75s;
  }
  EXPECT_EQ(end(RunEnd::crashed).action, Action::hold);
  EXPECT_TRUE(state.is_held(now + 5min));
  EXPECT_FALSE(state.is_held(now + 5min + 1ms));
}

TEST_F(RestartStateTest, FiveCrashesInMoreThanFiveMinutesDoNot) {
  for (int crash = 0; crash < 20; ++crash) {
    EXPECT_EQ(end(RunEnd::crashed).action, Action::restart);
    now += 76s;
  }
}

TEST_F(RestartStateTest, ReleasingForgetsTheCrashes) {
  for (int crash = 0; crash < 5; ++crash) end(RunEnd::crashed);
  ASSERT_TRUE(state.is_held(now));
  state.release();
  EXPECT_FALSE(state.is_held(now));
  EXPECT_EQ(end(RunEnd::crashed), (RestartDecision{Action::restart, 1s}));
}

}  // namespace
}  // namespace sovereign::core
