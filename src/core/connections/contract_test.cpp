// The nine cases every Core must pass, against a real hub on a real socket.
#include <boost/json/serialize.hpp>

#include "core/connections/hub_fixture_test.hpp"

namespace sovereign::core {
namespace {

using protocol::CallStatus;
using support::FakeAgent;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ContractTest : public HubTest {};

TEST_F(ContractTest, case_1_a_good_hello_is_welcomed_with_what_the_agent_needs_to_know) {
  start();
  launch();
  const auto fake = agent(kToken, "com.example.fake", "sha256:abc");
  fake->hello();
  const auto welcome = fake->receive();
  EXPECT_EQ(welcome.type(), "core.welcome");
  EXPECT_EQ(welcome.at("/payload/accepted_version"), 1);
  EXPECT_EQ(welcome.at("/payload/heartbeat_interval_ms"), 5000);
  EXPECT_EQ(welcome.at("/payload/max_frame_bytes"), 4194304);
  EXPECT_EQ(welcome.text("/payload/server/core_version"), "0.1.0");
  EXPECT_EQ(welcome.text("/payload/session_id"), session().id().to_string());
  EXPECT_TRUE(welcome.at("/error").is_null());
  EXPECT_EQ(journal_.count("agent.connected"), 1U);
}

TEST_F(ContractTest, case_2_a_bad_token_gets_a_welcome_with_the_error_and_the_connection_closes) {
  start();
  launch();
  const auto fake = agent("not the token");
  fake->hello();
  const auto welcome = fake->receive();
  EXPECT_EQ(welcome.type(), "core.welcome");
  EXPECT_EQ(welcome.text("/error/code"), "protocol.unauthorized");
  fake->wait_closed();
  EXPECT_EQ(hub_->connected(), 0U);
  EXPECT_THAT(journal_.last("agent.handshake_failed"), HasSubstr("protocol.unauthorized"));
}

TEST_F(ContractTest, case_3_tools_are_accepted_and_rejected_one_by_one) {
  start();
  launch();
  const auto fake = agent();
  fake->connect();
  fake->send_text(
      R"({"v":1,"type":"agent.tools.register","id":"11111111-1111-4111-8111-111111111111",)"
      R"("ts":"2026-01-01T00:00:00.000Z","payload":{"tools":[)"
      R"({"tool_id":"com.example.fake/good","name":"good","description":"d","input_schema":{}},)"
      R"({"tool_id":"com.other/bad","name":"bad","description":"d","input_schema":{}},)"
      R"({"tool_id":"com.example.fake/good","name":"good","description":"d","input_schema":{}},)"
      R"({"tool_id":"com.example.fake/none","name":"none","description":"d"},)"
      R"({"tool_id":"com.example.fake/text","name":"text","description":"d","input_schema":"x"},7]}})");
  const auto answer = fake->receive("core.tools.registered");
  EXPECT_EQ(answer.text("/in_reply_to"), "11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(boost::json::serialize(answer.at("/payload/registered")),
            R"(["com.example.fake/good"])");
  EXPECT_EQ(answer.text("/payload/rejected/0/tool_id"), "com.other/bad");
  EXPECT_EQ(answer.text("/payload/rejected/0/error/code"), "permission.denied");
  EXPECT_EQ(answer.text("/payload/rejected/1/error/code"), "tool.invalid_input");
  EXPECT_EQ(answer.text("/payload/rejected/2/tool_id"), "com.example.fake/none");
  EXPECT_EQ(answer.text("/payload/rejected/3/tool_id"), "com.example.fake/text");
  EXPECT_EQ(answer.text("/payload/rejected/4/tool_id"), "");
  EXPECT_TRUE(answer.at("/payload/rejected/5").is_null());
  EXPECT_THAT(registrar_.known, ElementsAre("com.example.fake/good"));
  EXPECT_TRUE(session().is_routable());
}

TEST_F(ContractTest, case_4_a_call_carries_its_ids_and_ends_with_exactly_one_result) {
  const auto fake = ready_agent();
  RecordingSink sink;
  const CallId id = call(sink, R"({"text":"hi"})");
  const auto request = fake->receive("core.tool.call");
  EXPECT_EQ(request.text("/payload/call_id"), id.to_string());
  EXPECT_EQ(request.text("/payload/tool_id"), "com.example.fake/echo");
  EXPECT_EQ(boost::json::serialize(request.at("/payload/input")), R"({"text":"hi"})");
  EXPECT_EQ(request.at("/payload/timeout_ms"), 30000);
  EXPECT_EQ(request.text("/payload/caller/type"), "human");
  EXPECT_EQ(request.text("/request_id"), "request-1");
  EXPECT_EQ(request.text("/correlation_id"), "correlation-1");
  fake->succeed(request, R"({"text":"hi"})");
  fake->succeed(request, R"({"text":"again"})");
  settle(*fake);
  EXPECT_EQ(sink.results, 1);
  EXPECT_EQ(sink.status, CallStatus::succeeded);
  EXPECT_EQ(sink.output, R"({"text":"hi"})");
  EXPECT_EQ(session().inflight(), 0U);
  EXPECT_THAT(journal_.last("tool.late_result"), HasSubstr(id.to_string()));
}

TEST_F(ContractTest, case_5_stream_messages_come_in_order_and_none_after_the_result) {
  const auto fake = ready_agent();
  RecordingSink sink;
  call(sink);
  const auto request = fake->receive("core.tool.call");
  fake->stream(request, 1, "one");
  fake->stream(request, 2, "two");
  fake->stream(request, 2, "two again");
  fake->stream(request, 1, "one again");
  fake->stream(request, 7, "three");
  fake->succeed(request);
  fake->stream(request, 8, "too late");
  settle(*fake);
  EXPECT_THAT(sink.streamed, ElementsAre("one", "two", "three"));
  EXPECT_EQ(sink.results, 1);
}

TEST_F(ContractTest, case_6_a_canceled_call_is_canceled_or_succeeded_but_never_both) {
  const auto fake = ready_agent();
  RecordingSink canceled;
  const CallId first = call(canceled);
  const auto first_request = fake->receive("core.tool.call");
  session().cancel(first, "the user asked", 1s);
  const auto cancel = fake->receive("core.tool.cancel");
  EXPECT_EQ(cancel.text("/payload/call_id"), first.to_string());
  EXPECT_EQ(cancel.text("/payload/reason"), "the user asked");
  EXPECT_EQ(cancel.at("/payload/deadline_ms"), 1000);
  fake->cancel(first_request);
  fake->succeed(first_request);
  RecordingSink silent;
  const CallId second = call(silent);
  const auto second_request = fake->receive("core.tool.call");
  session().cancel(second, "again", 1s);
  settle(*fake);
  EXPECT_EQ(silent.results, 0);
  clock_.advance(1100ms);
  EXPECT_TRUE(until([&] { return silent.results > 0; }));
  fake->succeed(second_request);
  settle(*fake);
  EXPECT_EQ(canceled.results, 1);
  EXPECT_EQ(canceled.status, CallStatus::canceled);
  EXPECT_EQ(silent.results, 1);
  EXPECT_EQ(silent.status, CallStatus::canceled);
  EXPECT_EQ(silent.error, "tool.canceled");
  EXPECT_EQ(journal_.count("tool.late_result"), 2U);
}

TEST_F(ContractTest, case_7_missed_heartbeats_make_an_agent_unhealthy_and_one_heals_it) {
  const auto fake = ready_agent();
  fake->heartbeat();
  settle(*fake);
  EXPECT_EQ(session().health(), Health::ok);
  clock_.advance(12600ms);
  EXPECT_TRUE(until([&] { return observer_.has("health degraded"); }));
  EXPECT_TRUE(session().is_routable());
  fake->receive("core.ping");
  clock_.advance(5s);
  EXPECT_TRUE(until([&] { return observer_.has("health unhealthy"); }));
  EXPECT_FALSE(session().is_routable());
  RecordingSink sink;
  const auto refused = session().call({.id = CallId::generate(random_),
                                       .tool_id = "com.example.fake/echo",
                                       .input = "{}",
                                       .request_id = "r"},
                                      sink);
  EXPECT_EQ(refused.error().name, "agent.unhealthy");
  EXPECT_EQ(journal_.count("agent.heartbeat_missed"), 1U);
  EXPECT_EQ(journal_.count("agent.marked_unhealthy"), 1U);
  fake->heartbeat();
  EXPECT_TRUE(until([&] { return observer_.has("health ok"); }));
  EXPECT_TRUE(session().is_routable());
}

TEST_F(ContractTest, case_8_frames_may_come_byte_by_byte) {
  start();
  launch();
  const auto fake = agent();
  std::string recorded;
  protocol::FrameWriter writer(clock_, random_);
  recorded = writer.frame({}, protocol::Hello{.session_token = kToken,
                                              .agent_id = "com.example.fake",
                                              .agent_version = "1",
                                              .protocol = {.supported_versions = {1}}});
  recorded += writer.frame({}, protocol::ToolsRegister{.tools = {.text = "[]"}});
  for (const char byte : recorded) {
    fake->send_bytes(std::string_view(&byte, 1));
    loop_.restart();
    loop_.poll();
  }
  EXPECT_EQ(fake->receive().type(), "core.welcome");
  EXPECT_EQ(fake->receive().type(), "core.tools.registered");
}

TEST_F(ContractTest, case_8_a_length_of_zero_closes_the_connection) {
  const auto fake = ready_agent();
  fake->send_bytes(std::string(4, '\0'));
  EXPECT_EQ(fake->receive("core.goodbye").text("/payload/reason"), "protocol.bad_frame");
  fake->wait_closed();
  EXPECT_EQ(observer_.last->reason, DisconnectReason::protocol_violation);
  EXPECT_FALSE(observer_.last->may_reconnect);
}

TEST_F(ContractTest, case_8_a_length_over_the_limit_closes_the_connection_before_the_content) {
  const auto fake = ready_agent();
  RecordingSink sink;
  call(sink);
  fake->receive("core.tool.call");
  const std::string_view announced("\x00\x40\x00\x01secret", 10);
  fake->send_bytes(announced);
  EXPECT_EQ(fake->receive("core.goodbye").text("/payload/reason"), "protocol.frame_too_large");
  fake->wait_closed();
  EXPECT_EQ(sink.error, "agent.disconnected");
  EXPECT_THAT(journal_.last("protocol.violation"), HasSubstr("max_frame_bytes"));
  EXPECT_THAT(journal_.last("protocol.violation"), Not(HasSubstr("secret")));
}

TEST_F(ContractTest, case_9_errors_have_their_shape_and_no_secret_is_kept) {
  start();
  launch();
  const auto stranger = agent("a-secret-token");
  stranger->hello();
  const auto welcome = stranger->receive();
  EXPECT_TRUE(welcome.at("/error").is_object());
  EXPECT_FALSE(welcome.text("/error/message").empty());
  stranger->wait_closed();
  const auto fake = agent();
  fake->become_ready({"echo"});
  RecordingSink sink;
  call(sink, R"({"password":"hunter2-input"})");
  fake->fail(fake->receive("core.tool.call"), "com.example.fake.broken");
  settle(*fake);
  EXPECT_EQ(sink.status, CallStatus::failed);
  EXPECT_EQ(sink.error, "com.example.fake.broken");
  fake->send_text(R"({"v":1,"type":"agent.heartbeat","payload":{"note":"hunter2-frame"}})");
  fake->wait_closed();
  for (const auto& event : journal_.events) {
    EXPECT_THAT(event.metadata, Not(HasSubstr("a-secret-token")));
    EXPECT_THAT(event.metadata, Not(HasSubstr(std::string(kToken))));
    EXPECT_THAT(event.metadata, Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace sovereign::core
