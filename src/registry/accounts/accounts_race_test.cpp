// Requests at once, on both engines: of those that exclude each other exactly one wins.
#include <gtest/gtest.h>

#include "support/accounts_test.hpp"

namespace sovereign::registry {
namespace {

using support::Call;
using support::Engine;
using support::kOtherPassword;
using support::kPassword;
using support::with_bearer;

class AccountsRaceTest : public support::AccountsTest, public testing::WithParamInterface<Engine> {
 protected:
  AccountsRaceTest() : AccountsTest(GetParam()) {}

  /// How many of the calls, sent at once, ended in each status.
  std::map<int, int> statuses_of(std::vector<Call> calls) {
    std::map<int, int> statuses;
    for (const auto& answer : support::send_all(feature_.pipeline, std::move(calls)))
      ++statuses[answer.status];
    return statuses;
  }
  using Statuses = std::map<int, int>;
};

TEST_P(AccountsRaceTest, OfRegistrationsOfOneEmailExactlyOneSucceeds) {
  std::vector<Call> calls;
  for (int i = 0; i < 10; ++i) {
    calls.push_back(register_call(i % 2 == 0 ? "same@example.com" : "SAME@example.com",
                                  fmt::format("name-{}", i)));
  }
  EXPECT_EQ(statuses_of(std::move(calls)), (Statuses{{201, 1}, {409, 9}}));
  EXPECT_EQ(support::count(database_.get(), "users"), 1);
  EXPECT_EQ(support::count(database_.get(), "recovery_keys"), 3);
}

TEST_P(AccountsRaceTest, OfUsesOfOneRecoveryKeyExactlyOneSucceeds) {
  const std::string key(register_dev().json().at("recovery_keys").at(1).as_string());
  std::vector<Call> calls;
  for (int i = 0; i < 6; ++i)
    calls.push_back(recovery_key_call("dev@example.com", key, kOtherPassword));
  EXPECT_EQ(statuses_of(std::move(calls)), (Statuses{{204, 1}, {401, 5}}));
}

TEST_P(AccountsRaceTest, OfUsesOfOneRecoveryLinkExactlyOneSucceeds) {
  ASSERT_EQ(register_dev().status, 201);
  ASSERT_EQ(post("recover", R"({"email":"dev@example.com"})").status, 202);
  std::vector<Call> calls;
  for (int i = 0; i < 6; ++i)
    calls.push_back(confirm_call(feature_.letters.last_token(), kOtherPassword));
  EXPECT_EQ(statuses_of(std::move(calls)), (Statuses{{204, 1}, {401, 5}}));
}

TEST_P(AccountsRaceTest, AVerificationLinkWorksOnce) {
  ASSERT_EQ(register_dev().status, 201);
  std::vector<Call> calls(6, Call{http::Method::get, verification_link()});
  EXPECT_EQ(statuses_of(std::move(calls)), (Statuses{{200, 1}, {409, 5}}));
}

TEST_P(AccountsRaceTest, ARefreshTokenSentTwiceAtOnceEndsItsSession) {
  ASSERT_EQ(register_dev().status, 201);
  const auto session = login();
  std::vector<Call> calls(4, refresh_call(session.text("refresh_token")));
  const auto answers = support::send_all(feature_.pipeline, std::move(calls));
  int succeeded = 0;
  for (const auto& answer : answers) {
    if (answer.status == 200) {
      ++succeeded;
      EXPECT_EQ(refresh(answer.text("refresh_token")).status, 401);
      EXPECT_EQ(get_as(answer.text("access_token"), "me").status, 401);
    } else {
      EXPECT_EQ(answer.status, 401);
    }
  }
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(support::count(database_.get(), "sessions WHERE ended_at IS NULL"), 0);
}

TEST_P(AccountsRaceTest, NoSessionOfTheOldPasswordOutlivesItsChange) {
  ASSERT_EQ(register_dev().status, 201);
  const auto own = login().text("access_token");
  std::vector<Call> calls(6, login_call());
  calls.push_back(
      with_bearer(own, {http::Method::put, "/api/v1/auth/password",
                        fmt::format(R"({{"current_password":"{}","new_password":"{}"}})", kPassword,
                                    kOtherPassword)}));
  const auto answers = support::send_all(feature_.pipeline, std::move(calls));
  ASSERT_EQ(answers.back().status, 204) << answers.back().body;
  for (std::size_t i = 0; i + 1 < answers.size(); ++i) {
    if (answers[i].status != 200) continue;
    EXPECT_EQ(get_as(answers[i].text("access_token"), "me").status, 401);
    EXPECT_EQ(refresh(answers[i].text("refresh_token")).status, 401);
  }
  EXPECT_EQ(support::count(database_.get(), "sessions WHERE ended_at IS NULL"), 1);
}

TEST_P(AccountsRaceTest, SignInsAtOnceAllSucceedWhileTheHashIsRenewed) {
  ASSERT_EQ(register_dev().status, 201);
  const auto imported = crypto::bcrypt_hash(kPassword, {.rounds_log2 = 4}, feature_.random).value();
  support::execute(database_.get(), fmt::format("UPDATE users SET password_hash = '{}'", imported));
  EXPECT_EQ(statuses_of(std::vector<Call>(3, login_call())), (Statuses{{200, 3}}));
}

TEST_P(AccountsRaceTest, ApiKeysMadeAtOnceStayWithinTheLimit) {
  ASSERT_EQ(register_dev().status, 201);
  const auto token = token_of_login();
  const auto create =
      with_bearer(token, post_call("api-keys", R"({"name":"k","scopes":["onboard"]})"));
  ASSERT_EQ(statuses_of(std::vector<Call>(45, create)), (Statuses{{201, 45}}));
  EXPECT_EQ(statuses_of(std::vector<Call>(10, create)), (Statuses{{201, 5}, {409, 5}}));
}

TEST_P(AccountsRaceTest, PurgingKeepsWhatMatters) {
  ASSERT_EQ(register_dev().status, 201);
  const auto ended = login().text("access_token");
  ASSERT_EQ(post_as(ended, "logout").status, 204);
  const auto session = login();
  clock_.advance(std::chrono::hours(23));
  ASSERT_TRUE(support::await(feature_.sessions.purge(clock_.now())));
  EXPECT_EQ(support::count(database_.get(), "sessions"), 2);
  EXPECT_EQ(get_as(ended, "me").status, 401);
  clock_.advance(std::chrono::hours(2));
  ASSERT_TRUE(support::await(feature_.sessions.purge(clock_.now())));
  EXPECT_EQ(support::count(database_.get(), "sessions"), 1);
  EXPECT_EQ(support::count(database_.get(), "refresh_tokens"), 1);
  EXPECT_EQ(feature_.standing.ended_sessions(), 0U);
  EXPECT_EQ(refresh(session.text("refresh_token")).status, 200);
}

INSTANTIATE_TEST_SUITE_P(Engines, AccountsRaceTest,
                         testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& engine) {
                           return engine.param == Engine::sqlite ? "Sqlite" : "Postgresql";
                         });

}  // namespace
}  // namespace sovereign::registry
