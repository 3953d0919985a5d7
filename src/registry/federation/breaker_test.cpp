#include "registry/federation/breaker.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;

class BreakerTest : public testing::Test {
 protected:
  void fail(int times, double chance = 0) {
    for (int i = 0; i < times; ++i) breaker.failed(now, chance);
  }

  SteadyTime now{1h};
  Breaker breaker{{.failures = 3, .first = 1s, .most = 10s}};
};

TEST_F(BreakerTest, StaysClosedUntilEnoughFailuresInARow) {
  fail(2);
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
  breaker.succeeded();
  fail(2);
  EXPECT_TRUE(breaker.admit(now));
  fail(1);
  EXPECT_EQ(breaker.state(now), BreakerState::open);
  EXPECT_FALSE(breaker.admit(now));
}

TEST_F(BreakerTest, AfterThePauseOneTrialDecides) {
  fail(3);
  now += 500ms;
  EXPECT_EQ(breaker.state(now), BreakerState::half_open);
  EXPECT_TRUE(breaker.admit(now));
  EXPECT_FALSE(breaker.admit(now));
  breaker.succeeded();
  EXPECT_EQ(breaker.state(now), BreakerState::closed);
  EXPECT_TRUE(breaker.admit(now));
  EXPECT_TRUE(breaker.admit(now));
}

TEST_F(BreakerTest, ATrialThatFailsDoublesThePauseUpToTheMost) {
  fail(3);
  for (const auto pause : {1000ms, 2000ms, 4000ms, 8000ms, 10000ms, 10000ms}) {
    EXPECT_FALSE(breaker.admit(now + pause / 2 - 1ms));
    now += pause / 2;
    EXPECT_TRUE(breaker.admit(now));
    fail(1);
  }
  fail(1'000);
  EXPECT_FALSE(breaker.admit(now + 4s));
  EXPECT_TRUE(breaker.admit(now + 5s));
}

TEST_F(BreakerTest, ATrialThatToldNothingLeavesRoomForAnother) {
  fail(3);
  now += 1s;
  EXPECT_TRUE(breaker.admit(now));
  breaker.given_up();
  EXPECT_TRUE(breaker.admit(now));
}

TEST_F(BreakerTest, ChanceSpreadsThePauseOverItsSecondHalf) {
  fail(3, 0.5);
  EXPECT_EQ(breaker.state(now + 749ms), BreakerState::open);
  EXPECT_EQ(breaker.state(now + 750ms), BreakerState::half_open);
}

}  // namespace
}  // namespace sovereign::registry
