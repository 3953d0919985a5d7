// The first answer again, for the same caller, operation, key and body; on both engines.
#include "registry/idempotency/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/accounts_fixture.hpp"

namespace sovereign::registry {
namespace {

using http::IdempotentRequest;
using http::StoredAnswer;
using support::await;
using support::Engine;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSecret = "the server's secret, 32 bytes long";

class IdempotencyTest : public testing::TestWithParam<Engine> {
 protected:
  auto begin(const IdempotentRequest& request) { return await(store_.begin(request)); }
  void finish(const IdempotentRequest& request, std::optional<StoredAnswer> answer) {
    EXPECT_TRUE(await(store_.finish(request, std::move(answer))));
  }

  base::ManualClock clock_;
  crypto::SystemRandom random_;
  support::RegistryDatabase database_{GetParam()};
  SqlIdempotencyStore store_{kSecret, database_.get(), clock_, random_};
  const IdempotentRequest request_{"a key", "alice", "createAgent", "{\"name\":\"x\"}"};
  // Bytes that no text encoding keeps by accident.
  const StoredAnswer answer_{201, std::string("{\"key\":\"planted \xff\0\"}", 20), "\"1\"", "/a/1"};
};

TEST_P(IdempotencyTest, TheFirstAnswerIsGivenAgain) {
  EXPECT_EQ(begin(request_).value(), std::nullopt);
  finish(request_, answer_);
  const auto again = begin(request_).value().value();
  EXPECT_EQ(again.status, answer_.status);
  EXPECT_EQ(again.body, answer_.body);
  EXPECT_EQ(again.etag, answer_.etag);
  EXPECT_EQ(again.location, answer_.location);
}

TEST_P(IdempotencyTest, AnotherBodyIsRefused) {
  ASSERT_TRUE(begin(request_));
  auto other = request_;
  other.body += ' ';
  EXPECT_EQ(begin(other).error().code, ErrorCode::unprocessable);
  finish(request_, answer_);
  EXPECT_EQ(begin(other).error().code, ErrorCode::unprocessable);
}

TEST_P(IdempotencyTest, CallersOperationsAndKeysAreApart) {
  ASSERT_TRUE(begin(request_));
  finish(request_, answer_);
  for (auto member :
       {&IdempotentRequest::caller, &IdempotentRequest::operation, &IdempotentRequest::key}) {
    auto other = request_;
    other.*member += "2";
    EXPECT_EQ(begin(other).value(), std::nullopt);
  }
}

TEST_P(IdempotencyTest, OfRequestsAtOnceOneRunsAndTheOthersAreToldToWait) {
  std::vector<Task<std::optional<StoredAnswer>>> tasks;
  for (int i = 0; i < 8; ++i) tasks.push_back(store_.begin(request_));
  int first = 0;
  for (const auto& outcome : support::await_all(std::move(tasks))) {
    if (outcome) {
      ++first;
    } else {
      EXPECT_EQ(outcome.error().code, ErrorCode::conflict);
    }
  }
  EXPECT_EQ(first, 1);
}

TEST_P(IdempotencyTest, ARefusedRequestMayBeSentAgain) {
  ASSERT_TRUE(begin(request_));
  finish(request_, std::nullopt);
  EXPECT_EQ(begin(request_).value(), std::nullopt);
}

TEST_P(IdempotencyTest, AClaimWithoutAnEndLapsesAfterAMinute) {
  ASSERT_TRUE(begin(request_));
  clock_.advance(std::chrono::seconds(59));
  EXPECT_EQ(begin(request_).error().code, ErrorCode::conflict);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(begin(request_).value(), std::nullopt);
}

TEST_P(IdempotencyTest, AnAnswerIsKeptForADayAndThenPurged) {
  ASSERT_TRUE(begin(request_));
  finish(request_, answer_);
  clock_.advance(std::chrono::hours(24) - std::chrono::seconds(1));
  EXPECT_TRUE(begin(request_).value().has_value());
  ASSERT_TRUE(await(store_.purge(clock_.now())));
  EXPECT_EQ(support::count(database_.get(), "idempotency_keys"), 1);
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(await(store_.purge(clock_.now())));
  EXPECT_EQ(support::count(database_.get(), "idempotency_keys"), 0);
  EXPECT_EQ(begin(request_).value(), std::nullopt);
}

TEST_P(IdempotencyTest, TheDatabaseHoldsNeitherKeyNorBodyNorAnswer) {
  ASSERT_TRUE(begin(request_));
  finish(request_, answer_);
  const auto text = support::dump(database_.get());
  for (const auto* planted : {"a key", "alice", "planted", "\"name\"", "/a/1"}) {
    EXPECT_THAT(text, Not(HasSubstr(planted)));
  }
}

TEST_P(IdempotencyTest, AnotherServersSecretFindsNothing) {
  ASSERT_TRUE(begin(request_));
  finish(request_, answer_);
  SqlIdempotencyStore other("another secret, also 32 bytes long", database_.get(), clock_, random_);
  EXPECT_EQ(await(other.begin(request_)).value(), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Engines, IdempotencyTest,
                         testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& engine) {
                           return engine.param == Engine::sqlite ? "Sqlite" : "Postgresql";
                         });

}  // namespace
}  // namespace sovereign::registry
