#include "core/router/invocations.hpp"

#include <gmock/gmock.h>

#include "core/router/router_fixture_test.hpp"

namespace sovereign::core {
namespace {

using protocol::CallStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class InvocationsTest : public RouterFixture {
 protected:
  void allow(const std::string& agent, const std::string& tool) {
    facts.approve(agent, {"tool:invoke:" + tool});
  }
  void invoke(FakeSession& caller, std::string_view call_id, std::string_view tool,
              std::string_view request_id = {}) {
    static const json::Object kInput{{"n", 1}};
    invocations->invoke(caller, {.call_id = call_id,
                                 .tool_id = tool,
                                 .input = kInput,
                                 .timeout = {},
                                 .request_id = request_id,
                                 .correlation_id = {},
                                 .causation_id = {}});
  }
};

TEST_F(InvocationsTest, AnAgentCallsAnotherOnItsOwnPermission) {
  auto& a = connect("com.example.a");
  auto& b = connect("com.example.b");
  invoke(a, "1", "com.example.b/echo");
  EXPECT_EQ(a.answered.at(0).code, "permission.denied");
  allow("com.example.a", "com.example.b/echo");
  invoke(a, "2", "com.example.b/echo");
  ASSERT_THAT(b.sent, SizeIs(1));
  EXPECT_EQ(b.sent[0].caller_type, "agent");
  EXPECT_EQ(b.sent[0].input, R"({"n":1})");
  b.stream(b.sent[0].id, 7, "half");
  b.succeed(b.sent[0].id, R"({"m":2})");
  EXPECT_THAT(a.streamed, ElementsAre(testing::Pair(1, "half")));
  EXPECT_EQ(a.answered.at(1).call_id, "2");
  EXPECT_EQ(a.answered.at(1).output, R"({"m":2})");
}

TEST_F(InvocationsTest, ANestedCallKeepsTheIdsAndNamesItsCause) {
  auto& a = connect("com.example.a");
  auto& b = connect("com.example.b");
  allow("com.example.a", "com.example.b/echo");
  auto asked = request("com.example.a/echo");
  asked.correlation_id = "chat-1";
  const auto outer = submit(std::move(asked), listener);
  invoke(a, "1", "com.example.b/echo", a.sent[0].request_id);
  ASSERT_THAT(b.sent, SizeIs(1));
  EXPECT_EQ(b.sent[0].request_id, a.sent[0].request_id);
  EXPECT_EQ(b.sent[0].correlation_id, "chat-1");
  EXPECT_EQ(b.sent[0].causation_id, outer.to_string());
}

TEST_F(InvocationsTest, ACircleOfCallsIsRefused) {
  auto& a = connect("com.example.a");
  auto& b = connect("com.example.b");
  allow("com.example.a", "com.example.b/echo");
  allow("com.example.b", "com.example.a/echo");
  submit("com.example.a/echo");
  invoke(a, "1", "com.example.b/echo", a.sent[0].request_id);
  invoke(b, "1", "com.example.a/echo", b.sent.at(0).request_id);
  EXPECT_EQ(b.answered.at(0).code, "permission.denied");
  EXPECT_THAT(a.sent, SizeIs(1));
}

TEST_F(InvocationsTest, CallsNestEightDeepAndNoDeeper) {
  std::vector<FakeSession*> agents;
  for (int i = 0; i < 11; ++i) {
    const auto name = "com.example.n" + std::to_string(i);
    agents.push_back(&connect(name));
    allow(name, "com.example.n" + std::to_string(i + 1) + "/echo");
  }
  submit("com.example.n0/echo");
  for (std::size_t i = 0; i + 1 < agents.size() && !agents[i]->sent.empty(); ++i) {
    invoke(*agents[i], "1", agents[i + 1]->agent().text() + "/echo", agents[i]->sent[0].request_id);
  }
  EXPECT_THAT(agents[8]->sent, SizeIs(1));
  EXPECT_THAT(agents[9]->sent, IsEmpty());
  EXPECT_EQ(agents[8]->answered.at(0).code, "permission.denied");
}

TEST_F(InvocationsTest, CancellingTheOuterCallReachesTheInner) {
  auto& a = connect("com.example.a");
  auto& b = connect("com.example.b");
  allow("com.example.a", "com.example.b/echo");
  const auto outer = submit("com.example.a/echo");
  invoke(a, "1", "com.example.b/echo", a.sent[0].request_id);
  EXPECT_TRUE(router->cancel(outer, {}));
  a.finish(outer, CallStatus::canceled);
  ASSERT_THAT(b.cancelled, ElementsAre(b.sent.at(0).id));
  b.finish(b.sent[0].id, CallStatus::canceled);
  EXPECT_EQ(a.answered.at(0).status, CallStatus::canceled);
}

TEST_F(InvocationsTest, TheCallerMayCancelItsCall) {
  auto& a = connect("com.example.a");
  auto& b = connect("com.example.b");
  allow("com.example.a", "com.example.b/echo");
  invoke(a, "1", "com.example.b/echo");
  invocations->cancel_invoked(a, "unknown");
  EXPECT_THAT(b.cancelled, IsEmpty());
  invocations->cancel_invoked(a, "1");
  EXPECT_THAT(b.cancelled, SizeIs(1));
}

TEST_F(InvocationsTest, CallsOfACallerThatIsGoneAreCancelledAndNotAnswered) {
  auto& a = connect("com.example.a");
  auto& b = connect("com.example.b");
  allow("com.example.a", "com.example.b/echo");
  invoke(a, "1", "com.example.b/echo");
  disconnect(a);
  EXPECT_THAT(b.cancelled, SizeIs(1));
  b.succeed(b.sent.at(0).id);
  EXPECT_THAT(a.answered, IsEmpty());
}

TEST_F(InvocationsTest, OneIdIsOneCallAtATime) {
  auto& a = connect("com.example.a");
  auto& b = connect("com.example.b");
  allow("com.example.a", "com.example.b/echo");
  invoke(a, "1", "com.example.b/echo");
  invoke(a, "1", "com.example.b/echo");
  EXPECT_EQ(a.answered.at(0).code, "tool.failed");
  b.succeed(b.sent.at(0).id);
  invoke(a, "1", "com.example.b/echo");
  EXPECT_THAT(b.sent, SizeIs(2));
}

TEST_F(InvocationsTest, AToolWithSideEffectsNeedsAPersonsWord) {
  auto& a = connect("com.example.a");
  auto& b = connect("com.example.b", {{"write", R"("side_effects": true)"}});
  allow("com.example.a", "com.example.b/write");
  invoke(a, "1", "com.example.b/write");
  EXPECT_EQ(a.answered.at(0).code, "tool.confirmation_required");
  EXPECT_THAT(a.answered.at(0).details, HasSubstr("confirmation_id"));
  EXPECT_THAT(b.sent, IsEmpty());
  invoke(a, "2", "not a tool");
  EXPECT_EQ(a.answered.at(1).code, "tool.not_found");
}

}  // namespace
}  // namespace sovereign::core
