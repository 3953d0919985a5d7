// The rules of connections beyond the nine cases: handshakes, limits, the ends of connections.
#include "core/connections/hub.hpp"

#include <sys/stat.h>

#include "core/connections/hub_fixture_test.hpp"

namespace sovereign::core {
namespace {

using support::FakeAgent;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal_of(FakeAgent& fake) {
  const auto welcome = fake.receive("core.welcome");
  fake.wait_closed();
  return welcome.text("/error/code");
}

// --- Handshake ---------------------------------------------------------------------------------

TEST_F(HubTest, the_socket_is_its_owners_alone) {
  start();
  struct stat status{};
  ASSERT_EQ(::lstat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  hub_->stop();
  EXPECT_NE(::lstat(path_.c_str(), &status), 0);
}

TEST_F(HubTest, a_first_message_that_is_no_hello_closes_the_connection) {
  start();
  launch();
  const auto fake = agent();
  fake->register_tools({"echo"});
  fake->wait_closed();
  EXPECT_EQ(fake->received(), 0U);
  EXPECT_THAT(journal_.last("agent.handshake_failed"), HasSubstr("protocol.unexpected_message"));
}

TEST_F(HubTest, who_says_nothing_for_five_seconds_is_sent_away) {
  start();
  const auto fake = agent();
  settle_accept();
  clock_.advance(4900ms);
  settle_accept();
  EXPECT_FALSE(fake->is_closed());
  clock_.advance(200ms);
  EXPECT_EQ(refusal_of(*fake), "protocol.handshake_timeout");
}

TEST_F(HubTest, a_token_works_for_its_agent_only) {
  start();
  launch();
  const auto fake = agent(kToken, "com.example.other");
  fake->hello();
  EXPECT_EQ(refusal_of(*fake), "protocol.unauthorized");
}

TEST_F(HubTest, a_token_expires_two_minutes_after_the_launch) {
  start();
  launch();
  clock_.advance(120s);
  const auto fake = agent();
  fake->hello();
  EXPECT_EQ(refusal_of(*fake), "protocol.unauthorized");
}

TEST_F(HubTest, a_token_from_outside_the_launched_tree_is_refused_and_not_used_up) {
  start();
  launch();
  trees_.answer = false;
  const auto thief = agent();
  thief->hello();
  EXPECT_EQ(refusal_of(*thief), "protocol.unauthorized");
  trees_.answer = true;
  const auto fake = agent();
  fake->connect();
  EXPECT_EQ(hub_->connected(), 1U);
}

TEST_F(HubTest, a_second_hello_for_a_connected_run_is_a_duplicate) {
  const auto fake = ready_agent();
  const auto second = agent();
  second->hello();
  EXPECT_EQ(refusal_of(*second), "protocol.duplicate_session");
  EXPECT_TRUE(observer_.has("refused protocol.duplicate_session"));
  fake->hello();
  EXPECT_EQ(fake->receive().text("/error/code"), "protocol.duplicate_session");
  settle(*fake);
  EXPECT_EQ(hub_->connected(), 1U);
}

TEST_F(HubTest, versions_without_ours_are_refused) {
  start();
  launch();
  const auto fake = agent();
  fake->hello({2, 3});
  EXPECT_EQ(refusal_of(*fake), "protocol.version_unsupported");
}

TEST_F(HubTest, another_manifest_than_the_catalogues_is_drift) {
  start();
  launch();
  const auto fake = agent(kToken, "com.example.fake", "sha256:other");
  fake->hello();
  EXPECT_EQ(refusal_of(*fake), "protocol.manifest_drift");
  EXPECT_THAT(journal_.last("agent.handshake_failed"), HasSubstr("protocol.manifest_drift"));
  EXPECT_TRUE(observer_.has("refused protocol.manifest_drift"));
}

TEST_F(HubTest, a_hello_waits_until_its_process_is_recorded) {
  start();
  expect();
  const auto fake = agent();
  fake->hello();
  EXPECT_TRUE(until([&] {
    hub_->set_process(run_, ::getpid(), -1);
    return hub_->connected() == 1;
  }));
  EXPECT_EQ(fake->receive().type(), "core.welcome");
}

TEST_F(HubTest, a_hello_waits_two_seconds_for_its_process_and_may_be_said_again) {
  start();
  expect();
  const auto fake = agent();
  fake->hello();
  settle_accept();
  clock_.advance(2100ms);
  EXPECT_EQ(refusal_of(*fake), "protocol.handshake_timeout");
  hub_->set_process(run_, ::getpid(), -1);
  const auto again = agent();
  again->connect();
}

TEST_F(HubTest, nobody_is_welcomed_whom_the_audit_log_cannot_take) {
  start();
  launch();
  journal_.accepts = false;
  const auto fake = agent();
  fake->hello();
  EXPECT_EQ(refusal_of(*fake), "internal.error");
  EXPECT_EQ(hub_->connected(), 0U);
}

TEST_F(HubTest, an_agent_that_registers_nothing_for_half_a_minute_is_sent_away) {
  start();
  launch();
  const auto fake = agent();
  fake->connect();
  for (int i = 0; i < 6; ++i) {
    clock_.advance(5s);
    fake->heartbeat();
  }
  EXPECT_EQ(fake->receive("core.goodbye").text("/payload/reason"), "protocol.handshake_timeout");
  fake->wait_closed();
  EXPECT_EQ(observer_.last->reason, DisconnectReason::not_registered);
}

// --- The ends of connections -------------------------------------------------------------------

TEST_F(HubTest, a_lost_connection_fails_every_call_at_once_and_may_come_back_once) {
  auto fake = ready_agent();
  std::vector<RecordingSink> sinks(10);
  for (auto& sink : sinks) call(sink);
  std::size_t failed_before_observer = 0;
  fake->close();
  EXPECT_TRUE(until([&] { return observer_.has("disconnected"); }));
  for (const auto& sink : sinks) {
    failed_before_observer += static_cast<std::size_t>(sink.results);
    EXPECT_EQ(sink.error, "agent.disconnected");
    EXPECT_TRUE(sink.is_retryable);
  }
  EXPECT_EQ(failed_before_observer, sinks.size());
  EXPECT_TRUE(observer_.last->may_reconnect);
  EXPECT_EQ(hub_->session(AgentId::parse("com.example.fake").value()), nullptr);
  fake = agent();
  fake->become_ready({"echo"});
  fake->close();
  observer_.log.clear();
  EXPECT_TRUE(until([&] { return observer_.has("disconnected"); }));
  EXPECT_FALSE(observer_.last->may_reconnect);
  const auto third = agent();
  third->hello();
  EXPECT_EQ(refusal_of(*third), "protocol.unauthorized");
}

TEST_F(HubTest, a_reconnect_after_ten_seconds_is_too_late) {
  auto fake = ready_agent();
  fake->close();
  EXPECT_TRUE(until([&] { return observer_.has("disconnected"); }));
  clock_.advance(10s);
  fake = agent();
  fake->hello();
  EXPECT_EQ(refusal_of(*fake), "protocol.unauthorized");
}

TEST_F(HubTest, a_withdrawn_run_hears_goodbye_and_its_calls_fail_before_withdraw_returns) {
  const auto fake = ready_agent();
  RecordingSink sink;
  call(sink);
  hub_->withdraw(run_, "stopped");
  EXPECT_EQ(sink.error, "agent.disconnected");
  EXPECT_EQ(observer_.log, (std::vector<std::string>{"connected", "ready", "disconnected"}));
  EXPECT_EQ(fake->receive("core.goodbye").text("/payload/reason"), "stopped");
  fake->wait_closed();
  const auto again = agent();
  again->hello();
  EXPECT_EQ(refusal_of(*again), "protocol.unauthorized");
}

TEST_F(HubTest, stopping_says_goodbye_to_everyone) {
  const auto fake = ready_agent();
  hub_->stop();
  EXPECT_EQ(fake->receive("core.goodbye").text("/payload/reason"), "protocol.shutting_down");
  fake->wait_closed();
  EXPECT_EQ(hub_->connected(), 0U);
}

TEST_F(HubTest, a_sink_may_call_back_into_the_hub_when_its_call_ends) {
  const auto fake = ready_agent();
  RecordingSink first;
  RecordingSink second;
  first.then = [&] {
    call(second);
    hub_->withdraw(run_, "from within");
  };
  call(first);
  fake->succeed(fake->receive("core.tool.call"));
  fake->wait_closed();
  EXPECT_EQ(first.results, 1);
  EXPECT_EQ(second.results, 1);
  EXPECT_EQ(second.error, "agent.disconnected");
}

// --- Calls and limits --------------------------------------------------------------------------

TEST_F(HubTest, a_timeout_cancels_answers_and_forgets_the_call) {
  const auto fake = ready_agent();
  RecordingSink sink;
  const CallId id = call(sink, "{}", 200ms);
  const auto request = fake->receive("core.tool.call");
  clock_.advance(250ms);
  EXPECT_EQ(fake->receive("core.tool.cancel").text("/payload/call_id"), id.to_string());
  EXPECT_EQ(sink.error, "tool.timeout");
  EXPECT_TRUE(sink.is_retryable);
  fake->succeed(request);
  settle(*fake);
  EXPECT_EQ(sink.results, 1);
  EXPECT_EQ(session().inflight(), 0U);
  EXPECT_EQ(journal_.count("tool.late_result"), 1U);
}

TEST_F(HubTest, a_forgotten_call_hears_nothing_more) {
  const auto fake = ready_agent();
  RecordingSink sink;
  const CallId id = call(sink);
  const auto request = fake->receive("core.tool.call");
  session().forget(id);
  fake->stream(request, 1, "x");
  fake->succeed(request);
  settle(*fake);
  EXPECT_EQ(sink.results, 0);
  EXPECT_TRUE(sink.streamed.empty());
}

TEST_F(HubTest, calls_over_the_inflight_limit_are_refused_and_name_it) {
  configure([](HubOptions& options) { options.limits.max_inflight_requests = 2; });
  const auto fake = ready_agent();
  std::vector<RecordingSink> sinks(3);
  call(sinks[0]);
  call(sinks[1]);
  const auto refused = session().call(
      {.id = CallId::generate(random_), .tool_id = "x", .input = "{}", .request_id = "r"},
      sinks[2]);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().name, "limit.inflight");
  EXPECT_THAT(refused.error().detail, HasSubstr("max_inflight_requests"));
  hub_->stop();  // While the sinks are there.
}

TEST_F(HubTest, what_a_slow_reader_does_not_take_is_bounded) {
  configure([](HubOptions& options) {
    options.limits.max_queued_bytes = 64 * 1024;
    options.limits.max_inflight_requests = 10'000;
  });
  start();
  launch();
  auto fake = agent();
  fake->become_ready({"echo"});
  const std::string input = R"({"text":")" + std::string(16 * 1024, 'x') + R"("})";
  std::vector<RecordingSink> sinks(1000);
  std::string refusal;
  for (auto& sink : sinks) {
    const auto sent = session().call(
        {.id = CallId::generate(random_), .tool_id = "x", .input = input, .request_id = "r"}, sink);
    if (sent) continue;
    refusal = sent.error().name;
    break;
  }
  EXPECT_EQ(refusal, "tool.busy");
  EXPECT_EQ(session().health(), Health::ok);
  hub_->stop();
}

TEST_F(HubTest, a_chunk_over_its_limit_is_dropped_and_the_call_goes_on) {
  configure([](HubOptions& options) {
    options.limits.max_stream_chunk_bytes = 100;
    options.limits.max_stream_bytes = 250;
  });
  const auto fake = ready_agent();
  RecordingSink sink;
  call(sink);
  const auto request = fake->receive("core.tool.call");
  fake->stream(request, 1, std::string(101, 'a'));
  fake->stream(request, 2, std::string(100, 'b'));
  fake->stream(request, 3, std::string(100, 'c'));
  fake->stream(request, 4, std::string(100, 'd'));
  fake->stream(request, 5, std::string(50, 'e'));
  fake->succeed(request);
  settle(*fake);
  EXPECT_THAT(sink.streamed,
              ElementsAre(std::string(100, 'b'), std::string(100, 'c'), std::string(50, 'e')));
  EXPECT_EQ(sink.results, 1);
  EXPECT_EQ(journal_.count("protocol.violation"), 1U);
  EXPECT_THAT(journal_.last("protocol.violation"), HasSubstr("max_stream_chunk_bytes"));
}

TEST_F(HubTest, an_agent_that_floods_is_disconnected) {
  configure([](HubOptions& options) { options.limits.max_messages_per_second = 100; });
  const auto fake = ready_agent();
  for (int i = 0; i < 200; ++i) fake->heartbeat();
  EXPECT_EQ(fake->receive("core.goodbye").text("/payload/reason"), "protocol.rate_exceeded");
  fake->wait_closed();
  EXPECT_THAT(journal_.last("protocol.violation"), HasSubstr("max_messages_per_second"));
}

TEST_F(HubTest, results_that_were_asked_for_do_not_count_as_a_flood) {
  configure([](HubOptions& options) { options.limits.max_messages_per_second = 100; });
  const auto fake = ready_agent();
  fake->on_call([](FakeAgent& self, const support::Message& request) { self.succeed(request); });
  for (int i = 0; i < 300; ++i) {
    RecordingSink sink;
    call(sink);
    ASSERT_TRUE(until([&] { return sink.results == 1; }));
    ASSERT_EQ(sink.error, "");
  }
}

TEST_F(HubTest, a_result_that_is_none_ends_its_call_and_not_the_connection) {
  const auto fake = ready_agent();
  RecordingSink sink;
  const CallId id = call(sink);
  fake->receive("core.tool.call");
  fake->send_text(
      R"({"v":1,"type":"agent.tool.result","id":"11111111-1111-4111-8111-111111111111",)"
      R"("ts":"2026-01-01T00:00:00Z","payload":{"call_id":")" +
      id.to_string() + R"(","status":"succeeded","output":"text"}})");
  settle(*fake);
  EXPECT_EQ(sink.error, "tool.invalid_output");
  EXPECT_EQ(hub_->connected(), 1U);
}

TEST_F(HubTest, a_failure_without_a_reason_gets_one) {
  const auto fake = ready_agent();
  RecordingSink sink;
  const CallId id = call(sink);
  fake->send(protocol::ToolResult{.call_id = id.uuid, .status = protocol::CallStatus::failed});
  settle(*fake);
  EXPECT_EQ(sink.error, "tool.failed");
}

// --- Tools -------------------------------------------------------------------------------------

TEST_F(HubTest, replace_swaps_the_set_of_tools_and_unregister_removes_from_it) {
  const auto fake = ready_agent({"a", "b"});
  fake->register_tools({"c", "d"}, true);
  fake->receive("core.tools.registered");
  EXPECT_THAT(registrar_.known, ElementsAre("com.example.fake/c", "com.example.fake/d"));
  fake->send(protocol::ToolsUnregister{.tool_ids = {"com.example.fake/c", "com.example.fake/x"}});
  const auto answer = fake->receive("core.tools.unregistered");
  EXPECT_EQ(boost::json::serialize(answer.at("/payload/tool_ids")), R"(["com.example.fake/c"])");
  EXPECT_THAT(observer_.log, Contains("tools changed").Times(2));
}

TEST_F(HubTest, tools_over_the_limit_are_rejected_and_name_it) {
  configure([](HubOptions& options) { options.limits.max_tools = 2; });
  start();
  launch();
  const auto fake = agent();
  fake->connect();
  fake->register_tools({"a", "b", "c"});
  const auto answer = fake->receive("core.tools.registered");
  EXPECT_THAT(answer.text("/payload/rejected/0/error/message"), HasSubstr("max_tools"));
  fake->register_tools({"d"});
  EXPECT_EQ(fake->receive("core.tools.registered").text("/payload/rejected/0/tool_id"),
            "com.example.fake/d");
}

}  // namespace
}  // namespace sovereign::core
