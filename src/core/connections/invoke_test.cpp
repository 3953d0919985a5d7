// The extension `invoke`: agents' own calls.
#include "core/connections/hub_fixture_test.hpp"

namespace sovereign::core {
namespace {

using support::FakeAgent;

class RecordingCaller final : public ToolCaller {
 public:
  void invoke(AgentSession& caller, const AgentCall& call) override {
    session = &caller;
    calls.push_back(std::string(call.call_id) + " " + std::string(call.tool_id) + " " +
                    boost::json::serialize(call.input) + " " + std::string(call.request_id));
  }
  void cancel_invoked(AgentSession&, std::string_view call_id) override {
    canceled.emplace_back(call_id);
  }

  AgentSession* session = nullptr;
  std::vector<std::string> calls;
  std::vector<std::string> canceled;
};

class InvokeTest : public HubTest {
 protected:
  InvokeTest() { hub_->set_caller(caller_); }

  std::unique_ptr<FakeAgent> inviting_agent(std::vector<std::string_view> capabilities) {
    start();
    launch();
    auto fake = agent();
    fake->hello({1}, std::move(capabilities));
    fake->receive("core.welcome");
    return fake;
  }
  void invoke(FakeAgent& fake, std::string_view call_id) {
    fake.send(
        protocol::Invoke{
            .call_id = call_id, .tool_id = "com.other/tool", .input = {.text = R"({"a":1})"}},
        {.request_id = "request-7", .correlation_id = "correlation-7"});
  }

  RecordingCaller caller_;
};

TEST_F(InvokeTest, a_call_of_an_agent_is_passed_on_and_answered_once_with_its_ids) {
  const auto fake = inviting_agent({"invoke"});
  EXPECT_TRUE(session().may_invoke());
  invoke(*fake, "mine-1");
  settle(*fake);
  ASSERT_EQ(caller_.calls, std::vector<std::string>{R"(mine-1 com.other/tool {"a":1} request-7)"});
  caller_.session->stream_invoked({.call_id = "mine-1",
                                   .seq = 1,
                                   .channel = protocol::Channel::log,
                                   .data = {.text = "working"}});
  for (int i = 0; i < 2; ++i) {
    caller_.session->answer_invoked({.call_id = "mine-1",
                                     .status = protocol::CallStatus::succeeded,
                                     .output = protocol::ObjectRef{.text = R"({"b":2})"}});
  }
  const auto chunk = fake->receive();
  EXPECT_EQ(chunk.type(), "core.tool.stream");
  EXPECT_EQ(chunk.text("/payload/data/text"), "working");
  const auto result = fake->receive();
  EXPECT_EQ(result.type(), "core.tool.result");
  EXPECT_EQ(result.text("/request_id"), "request-7");
  EXPECT_EQ(result.text("/correlation_id"), "correlation-7");
  EXPECT_EQ(result.at("/payload/output/b"), 2);
  settle(*fake);
  EXPECT_EQ(fake->received(), 0U);
}

TEST_F(InvokeTest, without_the_capability_the_type_is_unknown) {
  const auto fake = inviting_agent({"streaming"});
  invoke(*fake, "mine-1");
  EXPECT_EQ(fake->receive("core.tool.result").text("/payload/error/code"), "protocol.unknown_type");
  EXPECT_TRUE(caller_.calls.empty());
}

TEST_F(InvokeTest, an_id_under_way_is_not_used_twice_and_cancel_reaches_the_caller) {
  const auto fake = inviting_agent({"invoke"});
  invoke(*fake, "mine-1");
  invoke(*fake, "mine-1");
  fake->send(protocol::InvokeCancel{.call_id = "mine-1"});
  fake->send(protocol::InvokeCancel{.call_id = "never"});
  settle(*fake);
  EXPECT_EQ(caller_.calls.size(), 1U);
  EXPECT_EQ(caller_.canceled, std::vector<std::string>{"mine-1"});
  EXPECT_EQ(journal_.count("protocol.violation"), 1U);
}

TEST_F(InvokeTest, a_result_over_a_frame_is_answered_with_an_error) {
  const auto fake = inviting_agent({"invoke"});
  invoke(*fake, "mine-1");
  settle(*fake);
  const std::string large = R"({"x":")" + std::string(4 * 1024 * 1024, 'x') + R"("})";
  session().answer_invoked({.call_id = "mine-1",
                            .status = protocol::CallStatus::succeeded,
                            .output = protocol::ObjectRef{.text = large}});
  EXPECT_EQ(fake->receive("core.tool.result").text("/payload/error/code"), "tool.output_too_large");
}

}  // namespace
}  // namespace sovereign::core
