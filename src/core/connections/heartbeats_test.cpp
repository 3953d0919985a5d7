#include "core/connections/heartbeats.hpp"

#include <gtest/gtest.h>

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;
using protocol::HeartbeatStatus;

class HeartbeatsTest : public ::testing::Test {
 protected:
  HealthStep sweep_at(std::chrono::milliseconds after) {
    return heartbeats_.on_sweep(start_ + after);
  }

  SteadyTime start_{100s};
  Heartbeats heartbeats_{5s, start_};
};

TEST_F(HeartbeatsTest, two_missed_degrade_and_ping_three_and_an_unanswered_ping_are_unhealthy) {
  EXPECT_FALSE(sweep_at(12499ms).changed);
  const auto degraded = sweep_at(12500ms);
  EXPECT_EQ(degraded.changed, Health::degraded);
  EXPECT_TRUE(degraded.ping);
  EXPECT_FALSE(sweep_at(13s).ping);
  EXPECT_FALSE(sweep_at(17499ms).changed);
  EXPECT_EQ(sweep_at(17500ms).changed, Health::unhealthy);
  EXPECT_FALSE(sweep_at(60s).changed);
}

TEST_F(HeartbeatsTest, an_answered_ping_keeps_it_degraded_until_one_is_not_answered) {
  EXPECT_TRUE(sweep_at(12500ms).ping);
  heartbeats_.on_pong();
  const auto third = sweep_at(17500ms);
  EXPECT_FALSE(third.changed);
  EXPECT_TRUE(third.ping);
  heartbeats_.on_pong();
  EXPECT_TRUE(sweep_at(22500ms).ping);
  EXPECT_EQ(heartbeats_.health(), Health::degraded);
  EXPECT_EQ(sweep_at(27500ms).changed, Health::unhealthy);
}

TEST_F(HeartbeatsTest, a_sweep_that_comes_late_still_waits_for_the_ping) {
  const auto late = sweep_at(60s);
  EXPECT_EQ(late.changed, Health::degraded);
  EXPECT_TRUE(late.ping);
  EXPECT_EQ(sweep_at(65s).changed, Health::unhealthy);
}

TEST_F(HeartbeatsTest, a_heartbeat_heals_and_a_pong_does_not) {
  sweep_at(12500ms);
  sweep_at(17500ms);
  heartbeats_.on_pong();
  EXPECT_EQ(heartbeats_.health(), Health::unhealthy);
  EXPECT_EQ(heartbeats_.on_heartbeat(HeartbeatStatus::ok, start_ + 18s).changed, Health::ok);
  EXPECT_EQ(heartbeats_.missed(start_ + 18s), 0);
}

TEST_F(HeartbeatsTest, an_agent_may_call_itself_degraded_or_unhealthy) {
  EXPECT_EQ(heartbeats_.on_heartbeat(HeartbeatStatus::degraded, start_ + 5s).changed,
            Health::degraded);
  EXPECT_EQ(heartbeats_.on_heartbeat(HeartbeatStatus::unhealthy, start_ + 10s).changed,
            Health::unhealthy);
  EXPECT_FALSE(sweep_at(23s).changed);
  EXPECT_EQ(heartbeats_.health(), Health::unhealthy);
}

TEST_F(HeartbeatsTest, lag_is_what_a_heartbeat_comes_after_its_time) {
  EXPECT_EQ(heartbeats_.lag(start_ + 4s), 0s);
  EXPECT_EQ(heartbeats_.lag(start_ + 7s), 2s);
}

}  // namespace
}  // namespace sovereign::core
