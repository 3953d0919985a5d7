#include "core/router/router.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

#include "core/router/router_fixture_test.hpp"

namespace sovereign::core {
namespace {

using protocol::CallStatus;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kAgent = "com.example.hello";
constexpr auto kEcho = "com.example.hello/echo";

class RouterTest : public RouterFixture {};

TEST_F(RouterTest, ACallGoesToItsAgentAndItsResultToTheCaller) {
  auto& agent = connect(kAgent);
  const auto id = submit(kEcho, R"({"text": "hi"})");
  ASSERT_THAT(agent.sent, SizeIs(1));
  EXPECT_EQ(agent.sent[0].id, id);
  EXPECT_EQ(agent.sent[0].input, R"({"text": "hi"})");
  EXPECT_EQ(agent.sent[0].timeout, std::chrono::seconds(30));
  EXPECT_EQ(agent.sent[0].request_id, id.to_string());
  agent.stream(id, 1, "one");
  agent.succeed(id, R"({"text":"hi"})");
  EXPECT_THAT(listener.texts, ElementsAre("one"));
  EXPECT_EQ(listener.outcome().status, CallStatus::succeeded);
  EXPECT_EQ(listener.outcome().output, R"({"text":"hi"})");
  EXPECT_EQ(listener.outcome().streams.messages, 1U);
  EXPECT_EQ(router->find(id), nullptr);
}

TEST_F(RouterTest, EveryCallIsAuditedTwiceAndNeverWithWhatItCarries) {
  auto& agent = connect(kAgent);
  auto asked = request(kEcho, R"({"text": "SECRET-IN"})");
  asked.correlation_id = "chat-1";
  const auto id = submit(std::move(asked), listener);
  agent.succeed(id, R"({"text": "SECRET-OUT"})");
  ASSERT_EQ(audit.count("tool.call_routed"), 1U);
  ASSERT_EQ(audit.count("tool.call_completed"), 1U);
  for (const auto& fact : audit.facts) {
    EXPECT_EQ(boost::json::value(fact.metadata).as_object().contains("input"), false);
    for (const auto& member : fact.metadata) {
      if (!member.value().is_string()) continue;
      EXPECT_EQ(std::string_view(member.value().get_string()).find("SECRET"),
                std::string_view::npos);
    }
  }
  EXPECT_EQ(audit.facts.back().correlation_id, "chat-1");
  EXPECT_THAT(events.types, testing::IsSupersetOf({"call.started", "call.finished"}));
}

TEST_F(RouterTest, NothingIsSentThatTheAuditLogDidNotTake) {
  auto& agent = connect(kAgent);
  audit.is_full = true;
  const auto answer = router->submit(request(kEcho), listener);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.code, ErrorCode::unavailable);
  EXPECT_THAT(agent.sent, IsEmpty());
  EXPECT_THAT(listener.ends, IsEmpty());
  audit.is_full = false;
  EXPECT_EQ(refusal_of(request(kEcho)), "");
}

// Makes a call that every check refuses, then takes the obstacles away one by one.
TEST_F(RouterTest, ChecksRunInTheirOrderAndTheFirstRefusalWins) {
  CallLimits limits;
  limits.automation_rate = {.requests = 1, .window = std::chrono::seconds(60)};
  limits.input_bytes = 40;
  make_router(limits);
  facts.declared.concurrency = 1;
  constexpr auto kSchema = R"("input_schema": {"type": "object", "required": ["a"]}, )"
                           R"("required_permissions": ["env:read:HOME"], "side_effects": true)";
  auto asked = request(kEcho, R"({"a_long_name_that_makes_this_too_large": 1})");
  asked.caller = {CallerType::agent, "com.example.caller"};

  EXPECT_EQ(refusal_of(asked), "tool.not_found");
  facts.approve(kAgent, {"env:read:HOME"});
  auto& agent = connect(kAgent, {{"echo", kSchema}});
  facts.grants.erase(kAgent);
  agent.state = Health::unhealthy;
  EXPECT_EQ(refusal_of(asked), "agent.not_enabled");
  facts.approve(kAgent, {});
  EXPECT_EQ(refusal_of(asked), "agent.unhealthy");
  sessions.here.clear();
  EXPECT_EQ(refusal_of(asked), "agent.not_running");
  sessions.here[kAgent] = &agent;
  agent.state = Health::ok;
  EXPECT_EQ(refusal_of(asked), "permission.denied");
  facts.approve("com.example.caller", {std::string("tool:invoke:") + kEcho});
  EXPECT_EQ(refusal_of(asked), "permission.not_approved");
  facts.approve(kAgent, {"env:read:HOME"});
  // The question to a person comes before the rate, but an input nobody may send is not kept for
  // it.
  EXPECT_EQ(refusal_of(asked), "tool.input_too_large");
  auto small = request(kEcho, R"({"b": 1})");
  small.caller = asked.caller;
  EXPECT_EQ(refusal_of(small), "tool.confirmation_required");
  asked.confirmation = ConfirmationId::generate(random);
  small.confirmation = asked.confirmation;
  EXPECT_EQ(refusal_of(asked), "tool.input_too_large");
  EXPECT_EQ(refusal_of(asked), "limit.rate");
  clock.advance(std::chrono::seconds(61));
  EXPECT_EQ(refusal_of(small), "tool.invalid_input");
  auto good = request(kEcho, R"({"a": 1})");
  submit(good, listener);
  EXPECT_EQ(refusal_of(asked = request(kEcho, R"({"a_long_name_that_makes_this_too_large": 1})")),
            "limit.concurrency");
  EXPECT_THAT(agent.sent, SizeIs(1));
}

TEST_F(RouterTest, ARevocationTakesEffectWithTheNextCall) {
  auto& agent = connect(kAgent);
  EXPECT_EQ(refusal_of(request(kEcho)), "");
  facts.grants.erase(kAgent);
  EXPECT_EQ(refusal_of(request(kEcho)), "agent.not_enabled");
  facts.approve(kAgent, {});
  EXPECT_EQ(refusal_of(request(kEcho)), "");
  EXPECT_THAT(agent.sent, SizeIs(2));
}

TEST_F(RouterTest, AnInvalidInputIsAnsweredWithItsFieldsAndNotSent) {
  auto& agent =
      connect(kAgent, {{"echo", R"("input_schema": {"properties": {"n": {"type": "integer"}}})"}});
  const auto answer = router->submit(request(kEcho, R"({"n": "x"})"), listener);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.fields.at(0).pointer, "/input/n");
  EXPECT_THAT(agent.sent, IsEmpty());
  EXPECT_EQ(audit.count("security.denied"), 1U);
}

TEST_F(RouterTest, TheDefaultIsThreeCallsAtOnceAndAnEndMakesRoom) {
  auto& agent = connect(kAgent);
  const auto first = submit(kEcho);
  submit(kEcho);
  submit(kEcho);
  EXPECT_EQ(refusal_of(request(kEcho)), "limit.concurrency");
  agent.succeed(first);
  EXPECT_EQ(refusal_of(request(kEcho)), "");
}

TEST_F(RouterTest, TheShortestTimeoutHolds) {
  facts.declared.timeout = std::chrono::seconds(20);
  auto& agent = connect(kAgent);
  auto asked = request(kEcho);
  submit(asked, listener);
  asked.timeout = std::chrono::seconds(5);
  submit(asked, listener);
  asked.timeout = std::chrono::hours(1);
  submit(asked, listener);
  EXPECT_EQ(agent.sent[0].timeout, std::chrono::seconds(20));
  EXPECT_EQ(agent.sent[1].timeout, std::chrono::seconds(5));
  EXPECT_EQ(agent.sent[2].timeout, std::chrono::seconds(20));
}

TEST_F(RouterTest, AnAgentThatTakesNoCallIsARefusalAndOnRecord) {
  auto& agent = connect(kAgent);
  agent.refuses_with = CoreCode::tool_busy;
  EXPECT_EQ(refusal_of(request(kEcho)), "tool.busy");
  EXPECT_EQ(audit.count("tool.call_completed"), 1U);
  agent.refuses_with.reset();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refusal_of(request(kEcho)), "");
}

TEST_F(RouterTest, AFailureSaysWhetherTryingAgainHelps) {
  auto& agent = connect(kAgent);
  agent.finish(submit(kEcho), CallStatus::failed, {}, "tool.timeout");
  EXPECT_EQ(listener.outcome().error->code, "tool.timeout");
  EXPECT_EQ(listener.outcome().error->retryable, true);
  listener.ends.clear();
  agent.finish(submit(kEcho), CallStatus::failed);
  EXPECT_EQ(listener.outcome().error->code, "tool.failed");
}

TEST_F(RouterTest, AnOutputAgainstItsSchemaIsOnlyNoted) {
  auto& agent = connect(kAgent, {{"echo", R"("output_schema": {"required": ["x"]})"}});
  agent.succeed(submit(kEcho), R"({"y": 1})");
  EXPECT_EQ(listener.outcome().status, CallStatus::succeeded);
  EXPECT_EQ(audit.facts.back().metadata.at("output_is_valid"), json::Value(false));
}

TEST_F(RouterTest, AnOutputOverTheLimitFailsTheCall) {
  make_router({.output_bytes = 10});
  auto& agent = connect(kAgent);
  agent.succeed(submit(kEcho), R"({"text": "far too much"})");
  EXPECT_EQ(listener.outcome().error->code, "tool.output_too_large");
  EXPECT_EQ(listener.outcome().output, "");
}

TEST_F(RouterTest, CancellingAsksTheAgentOnceAndTheCallEndsCanceled) {
  auto& agent = connect(kAgent);
  const auto id = submit(kEcho);
  EXPECT_TRUE(router->cancel(id, {}));
  EXPECT_TRUE(router->cancel(id, {}));
  EXPECT_THAT(agent.cancelled, ElementsAre(id));
  agent.finish(id, CallStatus::canceled);
  EXPECT_EQ(listener.outcome().status, CallStatus::canceled);
  EXPECT_EQ(listener.outcome().error->code, "tool.canceled");
  EXPECT_EQ(router->cancel(id, {}).error().code, ErrorCode::not_found);
}

TEST_F(RouterTest, ACallWhoseLastListenerLeftIsCancelled) {
  auto& agent = connect(kAgent);
  const auto id = submit(kEcho);
  router->abandon(id, listener);
  EXPECT_THAT(agent.cancelled, ElementsAre(id));
  agent.succeed(id);
  EXPECT_THAT(listener.ends, IsEmpty());
}

TEST_F(RouterTest, ALostConnectionLeavesNoCallHanging) {
  auto& agent = connect(kAgent);
  submit(kEcho);
  submit(kEcho);
  disconnect(agent);
  ASSERT_THAT(listener.ends, SizeIs(2));
  EXPECT_EQ(listener.outcome().error->code, "agent.disconnected");
  EXPECT_EQ(refusal_of(request(kEcho)), "agent.not_running");
}

TEST_F(RouterTest, CallsWaitForAnAgentThatRestarts) {
  disconnect(connect(kAgent));
  facts.starting.insert(kAgent);
  submit(kEcho);
  EXPECT_THAT(listener.ends, IsEmpty());
  auto& again = connect(kAgent);
  ASSERT_THAT(again.sent, SizeIs(1));
  again.succeed(again.sent[0].id);
  EXPECT_EQ(listener.outcome().status, CallStatus::succeeded);
}

TEST_F(RouterTest, WaitingEndsAfterTwoSeconds) {
  disconnect(connect(kAgent));
  facts.starting.insert(kAgent);
  submit(kEcho);
  clock.advance(std::chrono::milliseconds(1999));
  router->sweep();
  EXPECT_THAT(listener.ends, IsEmpty());
  clock.advance(std::chrono::milliseconds(1));
  router->sweep();
  EXPECT_EQ(listener.refusal(), "agent.not_running");
}

TEST_F(RouterTest, OnlySoManyCallsWaitAndTheyAreCheckedAgainWhenItIsTheirTurn) {
  make_router({.waiting_calls = 1});
  disconnect(connect(kAgent));
  facts.starting.insert(kAgent);
  submit(kEcho);
  EXPECT_EQ(refusal_of(request(kEcho)), "agent.not_running");
  connect(kAgent, {});
  EXPECT_EQ(listener.refusal(), "tool.not_found");
}

TEST_F(RouterTest, AWaitingCallCanBeCancelledAndAbandoned) {
  disconnect(connect(kAgent));
  facts.starting.insert(kAgent);
  EXPECT_TRUE(router->cancel(submit(kEcho), {}));
  EXPECT_EQ(listener.refusal(), "tool.canceled");
  listener.ends.clear();
  router->abandon(submit(kEcho), listener);
  EXPECT_THAT(connect(kAgent).sent, IsEmpty());
  EXPECT_THAT(listener.ends, IsEmpty());
}

TEST_F(RouterTest, StoppingEndsEverythingAtOnce) {
  auto& agent = connect(kAgent);
  submit(kEcho);
  disconnect(connect("com.example.other"));
  facts.starting.insert("com.example.other");
  submit("com.example.other/echo");
  router->stop();
  ASSERT_THAT(listener.ends, SizeIs(2));
  EXPECT_EQ(agent.inflight(), 0U);
  EXPECT_EQ(refusal_of(request(kEcho)), "protocol.shutting_down");
}

TEST_F(RouterTest, OneKeyHasOneOutcome) {
  auto& agent = connect(kAgent);
  auto asked = request(kEcho, R"({"a": 1, "b": 2})");
  asked.idempotency_key = "k1";
  const auto id = submit(asked, listener);
  Listener second;
  EXPECT_EQ(submit(asked, second), id);
  agent.succeed(id, R"({"done":true})");
  EXPECT_EQ(second.outcome().output, R"({"done":true})");
  // The same input in another spelling.
  auto again = request(kEcho, R"({"b": 2.0, "a": 1})");
  again.idempotency_key = "k1";
  const auto replay = router->submit(again, listener);
  ASSERT_TRUE(replay && replay->replayed);
  EXPECT_EQ(replay->replayed->id, id);
  EXPECT_TRUE(replay->replayed->is_replay);
  EXPECT_THAT(agent.sent, SizeIs(1));
  auto other = request(kEcho, R"({"a": 2})");
  other.idempotency_key = "k1";
  EXPECT_EQ(refusal_of(other), "tool.invalid_input");
  other.caller.id = "somebody else";
  EXPECT_EQ(refusal_of(other), "");
  clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(refusal_of(asked), "");
}

TEST_F(RouterTest, AKeyWhoseCallWasNeverSentIsFreeAgain) {
  auto& agent = connect(kAgent);
  auto asked = request(kEcho);
  asked.idempotency_key = "k1";
  agent.refuses_with = CoreCode::tool_busy;
  EXPECT_EQ(refusal_of(asked), "tool.busy");
  agent.refuses_with.reset();
  EXPECT_EQ(refusal_of(asked), "");
}

TEST_F(RouterTest, ACallThatTwoWaitForGoesOnWhenOneLeaves) {
  auto& agent = connect(kAgent);
  auto asked = request(kEcho);
  asked.idempotency_key = "k1";
  const auto id = submit(asked, listener);
  Listener second;
  submit(asked, second);
  router->abandon(id, listener);
  EXPECT_THAT(agent.cancelled, IsEmpty());
  agent.succeed(id);
  EXPECT_THAT(second.ends, SizeIs(1));
  EXPECT_THAT(listener.ends, IsEmpty());
}

/// Asks for the next call from within the end of the one before.
class Chain final : public CallObserver {
 public:
  Chain(Router& router, CallRequest request, int left)
      : router_(router), request_(std::move(request)), left_(left) {}
  void streamed(const protocol::ToolStream&) override {}
  void finished(const CallEnd&) override {
    ++ended;
    if (--left_ > 0) EXPECT_TRUE(router_.submit(request_, *this));
  }
  int ended = 0;

 private:
  Router& router_;
  CallRequest request_;
  int left_;
};

TEST_F(RouterTest, ACallMayBeMadeFromTheEndOfAnother) {
  auto& agent = connect(kAgent);
  Chain chain(*router, request(kEcho), 5);
  submit(request(kEcho), chain);
  while (agent.inflight() > 0) agent.succeed(agent.sent.back().id);
  EXPECT_EQ(chain.ended, 5);
  EXPECT_THAT(agent.sent, SizeIs(5));
}

TEST_F(RouterTest, RegistrationRejectsWhatCannotBeCalled) {
  auto& agent = connect(kAgent, {});
  EXPECT_EQ(register_tool(agent, "bad", R"("input_schema": {"type": "nothing"})")->code,
            "tool.invalid_input");
  EXPECT_EQ(register_tool(agent, "bad", R"("output_schema": {"$ref": "https://x/"})")->code,
            "tool.invalid_output");
  EXPECT_EQ(register_tool(agent, "bad", R"("required_permissions": ["env:read:A"])")->code,
            "permission.not_approved");
  EXPECT_FALSE(register_tool(agent, "good", ""));
  EXPECT_EQ(register_tool(agent, "good", "")->code, "tool.failed");
  EXPECT_FALSE(register_tool(agent, "new", "", Registration::replace));
  EXPECT_THAT(router->tools().list(agent.agent()), SizeIs(1));
}

TEST_F(RouterTest, NoAgentRegistersToolsForAnother) {
  auto& agent = connect(kAgent, {});
  protocol::Tool tool{.tool_id = "com.example.other/echo", .name = "echo", .description = {}};
  const auto verdicts = router->register_tools(agent, {&tool, 1}, Registration::add);
  EXPECT_EQ(verdicts.at(0)->code, "protocol.bad_envelope");
}

TEST_F(RouterTest, AnAgentHasAtMostAsManyToolsAsTheLimitSays) {
  make_router({.tools_per_agent = 2});
  auto& agent = connect(kAgent, {{"a", ""}, {"b", ""}});
  EXPECT_EQ(register_tool(agent, "c", "")->code, "limit.inflight");
}

TEST_F(RouterTest, ToolsOfAgentsThatAreAwayAreRemembered) {
  connect("com.example.remembered", {{"echo", R"("side_effects": true)"}});
  loop.run();
  loop.restart();
  make_router({});
  ASSERT_TRUE(router->load());
  const auto tools = router->tools().list(agent_id("com.example.remembered"));
  ASSERT_THAT(tools, SizeIs(1));
  EXPECT_FALSE(tools[0].is_registered);
  EXPECT_TRUE(tools[0].declaration->has_side_effects);
  sessions.here.clear();
  EXPECT_EQ(refusal_of(request("com.example.remembered/echo")), "agent.not_running");
}

TEST_F(RouterTest, UnregisteringTakesOnlyTheAgentsOwnTools) {
  auto& agent = connect(kAgent);
  connect("com.example.other");
  const std::vector<std::string_view> ids = {kEcho, "com.example.other/echo", kEcho};
  EXPECT_THAT(router->unregister_tools(agent, ids), ElementsAre(true, false, false));
  EXPECT_EQ(refusal_of(request(kEcho)), "tool.not_found");
}

boost::asio::awaitable<void> run_call(Router& router, CallRequest request,
                                      std::optional<CallEnd>& end) {
  end = co_await router.call(std::move(request));
}

TEST_F(RouterTest, ACoroutineGetsTheOutcome) {
  auto& agent = connect(kAgent);
  std::optional<CallEnd> end;
  boost::asio::co_spawn(loop, run_call(*router, request(kEcho), end), boost::asio::detached);
  loop.poll();
  ASSERT_THAT(agent.sent, SizeIs(1));
  agent.succeed(agent.sent[0].id);
  loop.run();
  ASSERT_TRUE(end);
  EXPECT_EQ((*end)->status, CallStatus::succeeded);
}

TEST_F(RouterTest, CancellingTheCoroutineCancelsTheCall) {
  auto& agent = connect(kAgent);
  std::optional<CallEnd> end;
  boost::asio::cancellation_signal signal;
  boost::asio::co_spawn(loop, run_call(*router, request(kEcho), end),
                        boost::asio::bind_cancellation_slot(signal.slot(), [](auto) {}));
  loop.poll();
  ASSERT_THAT(agent.sent, SizeIs(1));
  signal.emit(boost::asio::cancellation_type::terminal);
  loop.poll();
  EXPECT_THAT(agent.cancelled, ElementsAre(agent.sent[0].id));
  loop.run();
  agent.finish(agent.sent[0].id, CallStatus::canceled);
}

}  // namespace
}  // namespace sovereign::core
