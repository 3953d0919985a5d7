// What a run hears from its connection, its approval and its clients.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>

#include "core/launcher/launcher_fixture_test.hpp"

namespace sovereign::core {
namespace {

using testing::StartsWith;

TEST_F(LauncherTest, AnAgentThatDoesNotConnectInTimeIsEnded) {
  options.release_welcome = std::chrono::milliseconds(30);
  const auto agent = add("sleep 1000");
  ASSERT_TRUE(start(agent).has_value());
  ASSERT_TRUE(until_over(agent));
  EXPECT_EQ(last(agent).status, RunStatus::crashed);
  EXPECT_THAT(last(agent).reason, StartsWith("start_timeout"));
}

TEST_F(LauncherTest, AnAgentThatRegistersNothingInTimeIsEnded) {
  options.deadlines.ready = std::chrono::milliseconds(30);
  const auto agent = add("sleep 1000");
  const auto run = start(agent);
  get().connected(agent, run->run_id);
  ASSERT_TRUE(until_over(agent));
  EXPECT_THAT(last(agent).reason, StartsWith("not_registered"));
}

TEST_F(LauncherTest, AReadyAgentRunsUntilItLosesItsConnectionForGood) {
  options.deadlines.reconnect = std::chrono::milliseconds(30);
  const auto agent = add("sleep 1000");
  const auto run = start(agent);
  get().connected(agent, run->run_id);
  get().ready(agent, run->run_id);
  EXPECT_EQ(get().live(agent), (LiveState{RunState::running, Health::ok, ConnectionState::ready}));
  ASSERT_TRUE(until([&] { return last(agent).ready_at.has_value(); }));
  EXPECT_EQ(last(agent).status, RunStatus::running);
  get().disconnected(agent, run->run_id);
  get().connected(agent, run->run_id);
  get().ready(agent, run->run_id);
  get().disconnected(agent, run->run_id);
  ASSERT_TRUE(until_over(agent));
  EXPECT_THAT(last(agent).reason, StartsWith("disconnected"));
}

TEST_F(LauncherTest, AnAgentThatStaysUnhealthyIsEnded) {
  options.deadlines.unhealthy = std::chrono::milliseconds(30);
  const auto agent = add("sleep 1000");
  const auto run = start(agent);
  get().ready(agent, run->run_id);
  get().health_changed(agent, run->run_id, Health::unhealthy);
  get().health_changed(agent, run->run_id, Health::ok);
  get().health_changed(agent, run->run_id, Health::unhealthy);
  ASSERT_TRUE(until_over(agent));
  EXPECT_THAT(last(agent).reason, StartsWith("unhealthy"));
}

TEST_F(LauncherTest, TheEndOfAnApprovalEndsTheConnectionAtOnceAndThenTheProcess) {
  const auto agent = add("sleep 1000");
  const auto run = start(agent, RestartPolicy::always);
  approvals.approvals.clear();
  get().approval_ended(agent, "revoked");
  EXPECT_TRUE(connections.withdrawn.contains(run->run_id));
  ASSERT_TRUE(until_over(agent));
  EXPECT_EQ(last(agent).status, RunStatus::stopped);
  EXPECT_EQ(last(agent).reason, "revoked");
  EXPECT_EQ(start(agent).error().name, "agent.not_enabled");
  EXPECT_THAT(audit(), testing::Contains("security.denied").Times(1));
}

TEST_F(LauncherTest, AnApprovalThatEndsWhileStartingPreventsTheStart) {
  const auto agent = add("sleep 1000");
  std::optional<Result<RunInfo>> outcome;
  boost::asio::co_spawn(loop, get().start_agent(agent, {}),
                        [&](std::exception_ptr, Result<RunInfo> run) { outcome = std::move(run); });
  loop.run_one();
  approvals.approvals.clear();
  get().approval_ended(agent, "revoked");
  ASSERT_TRUE(until([&] { return outcome.has_value(); }));
  EXPECT_FALSE(outcome->has_value());
  EXPECT_TRUE(connections.pids.empty());
}

TEST_F(LauncherTest, AClientThatGoesAwayDoesNotEndALaunch) {
  const auto agent = add("echo up; sleep 1000");
  boost::asio::cancellation_signal gone;
  bool is_over = false;
  boost::asio::co_spawn(
      loop, get().start_agent(agent, {}),
      boost::asio::bind_cancellation_slot(
          gone.slot(), [&](std::exception_ptr, Result<RunInfo>) { is_over = true; }));
  loop.run_one();
  gone.emit(boost::asio::cancellation_type::terminal);
  ASSERT_TRUE(until([&] { return is_over; }));
  EXPECT_TRUE(until_said(agent, "up"));
}

}  // namespace
}  // namespace sovereign::core
