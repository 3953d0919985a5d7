#include "core/router/confirmations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

#include "core/router/router_fixture_test.hpp"
#include "support/faulty_database.hpp"
#include "support/wait_until.hpp"

namespace sovereign::core {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr auto kTool = "com.example.hello/write";

template <typename T>
boost::asio::awaitable<void> keep(Task<T> task, std::optional<Result<T>>& outcome) {
  outcome.emplace(co_await std::move(task));
}

class ConfirmationsTest : public RouterFixture {
 protected:
  ConfirmationsTest() {
    agent = &connect("com.example.hello", {{"write", R"("side_effects": true)"},
                                           {"order", R"("requires_directive": true)"}});
  }

  template <typename T>
  Result<T> await(Task<T> task) {
    std::optional<Result<T>> outcome;
    boost::asio::co_spawn(loop, keep(std::move(task), outcome), boost::asio::detached);
    loop.restart();
    while (!outcome) loop.run_one();
    return std::move(*outcome);
  }
  static CallRequest by_model(std::string input = "{}") {
    auto asked = request(kTool, std::move(input));
    asked.caller = {CallerType::model, "chat"};
    return asked;
  }
  ConfirmationId ask(CallRequest asked) {
    const auto answer = router->submit(std::move(asked), listener);
    EXPECT_EQ(answer.error().error.name, "tool.confirmation_required");
    return answer.error().confirmation.value();
  }
  Result<std::optional<CallRequest>> decide(ConfirmationId id, ConfirmationDecision decision) {
    return await(router->confirmations().decide(id, decision, {ActorType::human, "admin.sock"}));
  }
  /// Rows are written in the background, so they may come a moment later.
  Confirmation row_of(ConfirmationId id, std::string_view status) {
    std::optional<Confirmation> row;
    EXPECT_TRUE(support::wait_until([&] {
      auto found = await(router->confirmations().find(id));
      if (!found || found->status != status) return false;
      row = std::move(*found);
      return true;
    }));
    return row.value_or(Confirmation{});
  }
  std::string status_of(ConfirmationId id) {
    return await(router->confirmations().find(id)).value().status;
  }

  FakeSession* agent = nullptr;
};

TEST_F(ConfirmationsTest, AnApprovedCallIsCarriedOutOnce) {
  const auto id = ask(by_model(R"({"text": "x"})"));
  EXPECT_THAT(agent->sent, IsEmpty());
  const auto approved = decide(id, ConfirmationDecision::approve);
  ASSERT_TRUE(approved && *approved);
  EXPECT_EQ(status_of(id), "approved");
  const auto call = submit(**approved, listener);
  agent->succeed(call);
  EXPECT_EQ(agent->sent.at(0).input, R"({"text": "x"})");
  EXPECT_TRUE(await(router->confirmations().settle(id, call.to_string(), "succeeded")));
  EXPECT_EQ(status_of(id), "executed");
  EXPECT_EQ(decide(id, ConfirmationDecision::approve).error().code, ErrorCode::not_found);
}

TEST_F(ConfirmationsTest, ADeniedCallIsGone) {
  const auto id = ask(by_model());
  EXPECT_EQ(decide(id, ConfirmationDecision::deny).value(), std::nullopt);
  EXPECT_EQ(status_of(id), "denied");
  EXPECT_EQ(decide(id, ConfirmationDecision::approve).error().code, ErrorCode::not_found);
  EXPECT_NE(ask(by_model()), id);
}

TEST_F(ConfirmationsTest, APersonsOwnCallNeedsNoneUnlessTheToolAlwaysWantsIt) {
  EXPECT_EQ(refusal_of(request(kTool)), "");
  EXPECT_EQ(refusal_of(request("com.example.hello/order")), "tool.confirmation_required");
}

TEST_F(ConfirmationsTest, TheSameCallHasOneConfirmation) {
  const auto id = ask(by_model(R"({"a": 1, "b": 2})"));
  EXPECT_EQ(ask(by_model(R"({"b": 2, "a": 1})")), id);
  EXPECT_NE(ask(by_model(R"({"a": 2})")), id);
}

TEST_F(ConfirmationsTest, AConfirmationExpiresAfterTenMinutes) {
  const auto id = ask(by_model());
  clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(decide(id, ConfirmationDecision::approve).error().code, ErrorCode::not_found);
  router->sweep();
  EXPECT_EQ(router->confirmations().pending(), 0U);
  EXPECT_EQ(row_of(id, "expired").tool_id, kTool);
}

TEST_F(ConfirmationsTest, AConfirmationDoesNotOutliveTheDaemon) {
  const auto id = ask(by_model());
  loop.poll();
  make_router({});
  ASSERT_TRUE(router->load());
  EXPECT_EQ(status_of(id), "expired");
  EXPECT_EQ(decide(id, ConfirmationDecision::approve).error().code, ErrorCode::not_found);
}

TEST_F(ConfirmationsTest, OnlySoManyWait) {
  make_router({.confirmations = 2});
  agent = &connect("com.example.hello", {{"write", R"("side_effects": true)"}});
  ask(by_model(R"({"n": 1})"));
  ask(by_model(R"({"n": 2})"));
  EXPECT_EQ(refusal_of(by_model(R"({"n": 3})")), "limit.concurrency");
}

TEST_F(ConfirmationsTest, TheRowHoldsNoInput) {
  const auto id = ask(by_model(R"({"password": "PLANTED-SECRET"})"));
  const auto row = row_of(id, "pending");
  EXPECT_EQ(row.summary, "a summary");
  EXPECT_EQ(row.input_bytes, 30);
  EXPECT_THAT(row.input_sha256, SizeIs(64));
  ASSERT_THAT(audit.rows, testing::Not(IsEmpty()));
  EXPECT_EQ(audit.rows.back().type, "tool.confirmation_requested");
  EXPECT_EQ(boost::json::value(audit.rows.back().metadata).as_object().contains("input"), false);
}

TEST_F(ConfirmationsTest, TwoDecisionsAtOnceAreOne) {
  const auto id = ask(by_model());
  using Outcome = std::optional<Result<std::optional<CallRequest>>>;
  Outcome first;
  Outcome second;
  auto& confirmations = router->confirmations();
  boost::asio::co_spawn(loop,
                        keep(confirmations.decide(id, ConfirmationDecision::approve, {}), first),
                        boost::asio::detached);
  boost::asio::co_spawn(loop,
                        keep(confirmations.decide(id, ConfirmationDecision::deny, {}), second),
                        boost::asio::detached);
  loop.restart();
  while (!first || !second) loop.run_one();
  EXPECT_TRUE(first->has_value());
  EXPECT_EQ(second->error().code, ErrorCode::conflict);
}

TEST_F(ConfirmationsTest, ADecisionThatIsNotWrittenDoesNotHold) {
  support::FaultyDatabase faulty(database);
  CallLimits limits;
  Confirmations confirmations({faulty, clock, random, audit, events, summary, limits});
  confirmations.start(loop.get_executor());
  const auto id = confirmations.ask(by_model()).value();
  loop.restart();
  loop.run();
  faulty.fail_at(1, support::FaultyDatabase::Fault::before);
  EXPECT_EQ(await(confirmations.decide(id, ConfirmationDecision::approve, {})).error().code,
            ErrorCode::unavailable);
  EXPECT_TRUE(await(confirmations.decide(id, ConfirmationDecision::approve, {})).value());
}

TEST_F(ConfirmationsTest, AConfirmationWhoseRowWasNeverWrittenCannotBeApproved) {
  support::FaultyDatabase faulty(database);
  CallLimits limits;
  Confirmations confirmations({faulty, clock, random, audit, events, summary, limits});
  confirmations.start(loop.get_executor());
  faulty.fail_at(1, support::FaultyDatabase::Fault::before);
  const auto id = confirmations.ask(by_model()).value();
  loop.restart();
  loop.run();
  EXPECT_EQ(await(confirmations.decide(id, ConfirmationDecision::approve, {})).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(confirmations.pending(), 0U);
}

}  // namespace
}  // namespace sovereign::core
