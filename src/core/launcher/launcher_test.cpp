#include "core/launcher/launcher.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>

#include "core/errors.hpp"
#include "core/launcher/launcher_fixture_test.hpp"

namespace sovereign::core {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(LauncherTest, AStartIsRecordedExpectedAndTold) {
  const auto agent = add("echo up; exec sleep 1000");
  const auto run = start(agent);
  ASSERT_TRUE(run.has_value()) << run.error().detail;
  EXPECT_EQ(run->status, RunStatus::starting);
  EXPECT_TRUE(until_said(agent, "up"));
  ASSERT_EQ(connections.expected.size(), 1U);
  EXPECT_EQ(connections.expected[0].run, run->run_id);
  EXPECT_EQ(connections.expected[0].manifest_hash, "m");
  EXPECT_EQ(connections.pids[run->run_id], *run->pid);
  EXPECT_EQ(agents.live[agent].run, RunState::starting);
  EXPECT_EQ(last(agent).pid, run->pid);
  EXPECT_EQ(last(agent).started_by, "test");
  EXPECT_THAT(audit(), ElementsAre("agent.run_started"));
  EXPECT_THAT(journal.published, Contains("run.changed"));
}

TEST_F(LauncherTest, TheTokenIsInTheEnvironmentAndNowhereElse) {
  const auto agent = add(R"(printf %s "$OPENSENTIENCE_SESSION_TOKEN" > "$HOME/token"
echo "token is $OPENSENTIENCE_SESSION_TOKEN"; echo done; exec sleep 1000)");
  const auto run = start(agent);
  ASSERT_TRUE(until_said(agent, "done"));
  const auto token = read_file(home.agent_private(agent) / "home" / "token");
  EXPECT_EQ(token.size(), 43U);
  EXPECT_EQ(crypto::sha256(token), connections.expected.at(0).token_digest);
  EXPECT_TRUE(has_said(agent, "token is [REDACTED]"));
  stop(agent);
  EXPECT_THAT(read_file(home.run_log(agent, run->run_id)), Not(HasSubstr(token)));
  EXPECT_THAT(read_file(folder.file("core.sqlite3")), Not(HasSubstr(token)));
  EXPECT_THAT(read_file(folder.file("core.sqlite3-wal")), Not(HasSubstr(token)));
}

TEST_F(LauncherTest, StoppingEndsTheWholeTreeThoughItIgnoresSigterm) {
  const auto agent = add("trap '' TERM; setsid sleep 1000 & echo up; while :; do sleep 1000; done");
  const auto run = start(agent);
  ASSERT_TRUE(until_said(agent, "up"));
  const auto stopped = stop(agent);
  ASSERT_TRUE(stopped.has_value());
  EXPECT_EQ(stopped->status, RunStatus::stopped);
  EXPECT_TRUE(connections.withdrawn.contains(run->run_id));
  EXPECT_FALSE(has_processes(run->run_id));
  EXPECT_EQ(last(agent).status, RunStatus::stopped);
  EXPECT_EQ(last(agent).signal, SIGKILL);
  EXPECT_EQ(last(agent).reason, "requested: test");
  EXPECT_EQ(state(agent), RunState::stopped);
  EXPECT_THAT(audit(),
              ElementsAre("agent.run_started", "agent.run_stop_requested", "agent.run_stopped"));
  EXPECT_EQ(stop(agent).error().name, "agent.not_running");
}

TEST_F(LauncherTest, AnEndIsToldApartByRequestAndStatus) {
  const struct {
    std::string_view script;
    RunStatus status;
    std::string_view reason;
  } rows[] = {{"exit 0", RunStatus::exited, "exit: the process exited with status 0"},
              {"exit 3", RunStatus::crashed, "exit: the process exited with status 3"},
              {"kill -SEGV $$", RunStatus::crashed, "exit: the process was ended by signal SEGV"}};
  for (const auto& row : rows) {
    const auto agent = add(row.script);
    ASSERT_TRUE(start(agent).has_value());
    ASSERT_TRUE(until_over(agent));
    EXPECT_EQ(last(agent).status, row.status);
    EXPECT_EQ(last(agent).reason, row.reason);
  }
}

TEST_F(LauncherTest, WhatAProgramLeavesBehindEndsWithIt) {
  const auto agent = add("setsid sleep 1000 & exit 0");
  const auto run = start(agent);
  ASSERT_TRUE(until_over(agent));
  EXPECT_FALSE(has_processes(run->run_id));
}

TEST_F(LauncherTest, ACrashingAgentComesBackUntilItIsHeld) {
  const auto agent = add("exit 1");
  std::vector<std::string> held;
  get().on_crash_loop([&](const AgentId& which) { held.push_back(which.text()); });
  ASSERT_TRUE(start(agent, RestartPolicy::on_failure).has_value());
  ASSERT_TRUE(until([&] { return !held.empty(); }));
  EXPECT_THAT(held, ElementsAre(agent.text()));
  EXPECT_EQ(await(get().recent_runs(agent, 100))->size(), 5U);
  EXPECT_THAT(audit(), Contains("agent.crash_loop").Times(1));
  EXPECT_EQ(state(agent), RunState::crashed);
  EXPECT_EQ(start(agent).error().name, "agent.crash_loop");
  EXPECT_TRUE(await(get().restart_agent(agent, {}, RestartPolicy::never)).has_value());
}

TEST_F(LauncherTest, AnExitIsNoFailureUnlessItShallAlwaysRun) {
  const auto agent = add("exit 0");
  ASSERT_TRUE(start(agent, RestartPolicy::on_failure).has_value());
  ASSERT_TRUE(until_over(agent));
  EXPECT_EQ(state(agent), RunState::stopped);
  ASSERT_TRUE(start(agent, RestartPolicy::always).has_value());
  EXPECT_TRUE(until([&] { return await(get().recent_runs(agent, 100))->size() >= 4; }));
}

TEST_F(LauncherTest, StoppingEndsAPendingRestart) {
  options.restarts.first = std::chrono::hours(1);
  options.restarts.longest = std::chrono::hours(1);
  const auto agent = add("exit 1");
  ASSERT_TRUE(start(agent, RestartPolicy::on_failure).has_value());
  ASSERT_TRUE(until([&] { return state(agent) == RunState::backoff; }));
  EXPECT_TRUE(stop(agent).has_value());
  EXPECT_EQ(state(agent), RunState::stopped);
  EXPECT_EQ(stop(agent).error().name, "agent.not_running");
}

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

TEST_F(LauncherTest, OneRunOfAnAgentAtATimeAndNoMoreAgentsThanAllowed) {
  options.running_limit = 1;
  const auto agent = add("sleep 1000");
  const auto other = add("sleep 1000", "other");
  ASSERT_TRUE(start(agent).has_value());
  EXPECT_EQ(start(agent).error().name, "agent.already_running");
  EXPECT_EQ(start(other).error().name, "limit.concurrency");
}

TEST_F(LauncherTest, AProgramThatCannotStartIsARecordedCrash) {
  const auto agent = add("exit 0");
  std::filesystem::permissions(folder.path() / "hello" / "agent",
                               std::filesystem::perms::owner_read);
  const auto run = start(agent);
  EXPECT_EQ(run.error().name, "agent.start_failed");
  EXPECT_EQ(last(agent).status, RunStatus::crashed);
  EXPECT_THAT(last(agent).reason, StartsWith("start_failed: "));
  EXPECT_THAT(audit(), ElementsAre("agent.run_started", "agent.run_crashed"));
  EXPECT_EQ(get().running(), 0U);
}

TEST_F(LauncherTest, RunsOfAnEarlierCoreAreSettledAndTheirProcessesEnded) {
  const auto agent = add("echo up; exec sleep 1000");
  const auto run = start(agent);
  ASSERT_TRUE(until_said(agent, "up"));
  Launcher next({*database, clock, random, workers, spawner, home, agents, approvals, connections,
                 journal, redaction},
                options);
  next.start(loop.get_executor());
  ASSERT_TRUE(await(next.settle_stale_runs()).has_value());
  EXPECT_FALSE(has_processes(run->run_id));
  EXPECT_EQ(last(agent).status, RunStatus::crashed);
  EXPECT_EQ(last(agent).reason, "core_restarted");
  await(next.stop_all());
}

TEST_F(LauncherTest, StoppingAllRefusesStartsAndLeavesNothing) {
  std::vector<RunId> runs;
  for (const auto* name : {"a1", "a2", "a3"}) {
    runs.push_back(start(add("trap '' TERM; while :; do sleep 1000; done", name))->run_id);
  }
  ASSERT_TRUE(await(get().stop_all()).has_value());
  for (const auto run : runs) EXPECT_FALSE(has_processes(run));
  EXPECT_EQ(start(add("exit 0")).error().name, "protocol.shutting_down");
}

TEST_F(LauncherTest, AFloodOfOutputIsKeptInBoundsAndHoldsNothingUp) {
  options.logs = {.file_bytes = 100'000, .files = 2};
  const auto agent = add("head -c 3000000 /dev/zero | tr '\\0' 'x' | fold -w 100; echo; echo end");
  const auto run = start(agent);
  ASSERT_TRUE(until_over(agent));
  EXPECT_TRUE(has_said(agent, "end"));
  EXPECT_EQ(get().log(agent, std::nullopt)->after(0, 5000).size(), RunLog::kLines);
  const auto path = home.run_log(agent, run->run_id);
  EXPECT_LE(std::filesystem::file_size(path) + std::filesystem::file_size(path.native() + ".1"),
            200'000U);
}

TEST_F(LauncherTest, OldLogsAreReadFromDisk) {
  const auto agent = add("echo out; echo err >&2");
  const auto first = start(agent);
  ASSERT_TRUE(until_over(agent));
  ASSERT_TRUE(start(agent).has_value());
  ASSERT_TRUE(until_over(agent));
  const auto lines = await(get().log_tail(agent, first->run_id, 10));
  ASSERT_EQ(lines->size(), 2U);
  const bool errors_first = lines->front().stream == LogStream::errors;
  EXPECT_EQ(lines->at(errors_first ? 1 : 0).text, "out");
  EXPECT_EQ(lines->at(errors_first ? 0 : 1).text, "err");
  const auto other = add("exit 0", "other");
  EXPECT_EQ(await(get().log_tail(other, first->run_id, 10)).error().code, ErrorCode::not_found);
}

TEST_F(LauncherTest, ADatabaseThatFailsAtAnyCallLeavesNoProcessBehind) {
  for (const auto fault :
       {support::FaultyDatabase::Fault::before, support::FaultyDatabase::Fault::after}) {
    for (int call = 1; call < 6; ++call) {
      const auto agent = add("echo up; exec sleep 1000");
      connections.expected.clear();
      database->fail_at(call, fault);
      const auto run = start(agent);
      if (run) {
        EXPECT_TRUE(stop(agent).has_value()) << call;
      }
      database->disarm();
      EXPECT_EQ(get().running(), 0U) << call;
      for (const auto& expected : connections.expected) EXPECT_FALSE(has_processes(expected.run));
    }
  }
}

}  // namespace
}  // namespace sovereign::core
