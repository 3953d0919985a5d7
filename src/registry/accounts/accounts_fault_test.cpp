// The database fails at the n-th call, for every n: the caller hears of it, nothing is half done,
// and the same request works afterwards.
#include <gtest/gtest.h>

#include <functional>

#include "support/accounts_test.hpp"
#include "support/faulty_database.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using support::Answer;
using support::Call;
using support::FaultyDatabase;
using support::with_bearer;
using Fault = support::FaultyDatabase::Fault;

class AccountsFaultTest : public support::AccountsTest, public testing::WithParamInterface<Fault> {
 protected:
  /// Sends `make_call()` with a fault at its first call, its second, and so on until it is not
  /// reached any more; `holds(answer)` is the invariant after each.
  void loop(const std::function<Call()>& make_call, const std::function<void(Answer)>& holds) {
    for (int n = 1;; ++n) {
      faulty_.fail_at(n, GetParam());
      const auto answer = support::send(feature_over_faults_.pipeline, make_call());
      const bool done = faulty_.is_armed();
      faulty_.disarm();
      if (!done) {
        EXPECT_EQ(answer.status, 503);
      }
      holds(answer);
      if (done) return;
      ASSERT_LT(n, 20);
    }
  }

  std::int64_t rows(std::string_view table) { return support::count(database_.get(), table); }

  FaultyDatabase faulty_{database_.get()};
  support::AccountsFeature feature_over_faults_{faulty_, clock_};
};

TEST_P(AccountsFaultTest, ARegistrationIsWholeOrNothing) {
  int number = 0;
  loop(
      [&] {
        ++number;
        return register_call(fmt::format("dev{}@example.com", number), fmt::format("d-{}", number));
      },
      [&](const Answer&) {
        EXPECT_EQ(rows("recovery_keys"), 3 * rows("users"));
        EXPECT_EQ(rows("mail_tokens"), rows("users"));
        EXPECT_EQ(rows("audit_log"), rows("users"));
      });
  EXPECT_GT(number, 1);
}

TEST_P(AccountsFaultTest, ASignInIsWholeOrNothing) {
  ASSERT_EQ(register_dev().status, 201);
  loop([&] { return login_call(); },
       [&](const Answer&) {
         EXPECT_EQ(rows("refresh_tokens"), rows("sessions"));
         EXPECT_EQ(rows("audit_log WHERE action = 'account.sign_in'"), rows("sessions"));
       });
}

TEST_P(AccountsFaultTest, ARecoveryKeyIsNotUsedUpWithoutANewPassword) {
  const auto keys = register_dev().json().at("recovery_keys").as_array();
  std::size_t used = 0;
  loop(
      [&] {
        return recovery_key_call("dev@example.com", std::string(keys[used].as_string()),
                                 support::kOtherPassword);
      },
      [&](const Answer& answer) {
        const bool changed = login(support::kOtherPassword).status == 200;
        EXPECT_EQ(changed, login().status == 401);
        EXPECT_EQ(rows("recovery_keys WHERE used_at IS NOT NULL"), changed ? 1 : 0);
        if (changed && answer.status == 503) {
          // Committed without an answer: the caller tries with the next key.
          support::execute(database_.get(), "UPDATE recovery_keys SET used_at = NULL");
          ASSERT_EQ(call(recovery_key_call("dev@example.com", std::string(keys[2].as_string()),
                                           support::kPassword))
                        .status,
                    204);
          support::execute(database_.get(), "UPDATE recovery_keys SET used_at = NULL");
        }
      });
}

TEST_P(AccountsFaultTest, ARevokedKeyIsNeverLeftWorkingAfterItsAnswer) {
  ASSERT_EQ(register_dev().status, 201);
  const auto token = login().text("access_token");
  const auto created = post_as(token, "api-keys", R"({"name":"ci","scopes":["agents:read"]})");
  loop(
      [&] {
        return with_bearer(token, {Method::delete_, "/api/v1/auth/api-keys/" + created.text("id")});
      },
      [&](const Answer& answer) {
        if (answer.status != 204) return;
        EXPECT_EQ(get_as(created.text("key"), "me").status, 401);
      });
  EXPECT_EQ(get_as(created.text("key"), "me").status, 401);
}

TEST_P(AccountsFaultTest, ARefreshNeverLeavesTwoTokensThatWork) {
  ASSERT_EQ(register_dev().status, 201);
  auto token = login().text("refresh_token");
  loop([&] { return refresh_call(token); },
       [&](const Answer& answer) {
         EXPECT_LE(rows("refresh_tokens t JOIN sessions s ON s.id = t.session_id "
                        "WHERE t.used_at IS NULL AND s.ended_at IS NULL"),
                   1);
         token =
             answer.status == 200 ? answer.text("refresh_token") : login().text("refresh_token");
         support::execute(database_.get(),
                          "UPDATE sessions SET ended_at = 1 WHERE id NOT IN (SELECT session_id "
                          "FROM refresh_tokens WHERE digest = '" +
                              digest_of(token) + "')");
       });
}

TEST_P(AccountsFaultTest, UsesOfKeysAreWrittenLaterWhenTheyCannotBeWrittenNow) {
  ASSERT_EQ(register_dev().status, 201);
  const auto token = login().text("access_token");
  const auto key =
      post_as(token, "api-keys", R"({"name":"ci","scopes":["agents:read"]})").text("key");
  const Call me = with_bearer(key, {Method::get, "/api/v1/auth/me"});
  ASSERT_EQ(support::send(feature_over_faults_.pipeline, me).status, 200);
  faulty_.fail_at(1, GetParam());
  EXPECT_FALSE(support::await(feature_over_faults_.api_keys.write_usage()));
  EXPECT_TRUE(support::await(feature_over_faults_.api_keys.write_usage()));
  EXPECT_EQ(rows("api_keys WHERE last_used_at IS NOT NULL"), 1);
}

INSTANTIATE_TEST_SUITE_P(Faults, AccountsFaultTest, testing::Values(Fault::before, Fault::after),
                         [](const auto& fault) {
                           return fault.param == Fault::before ? "BeforeTheCall" : "AfterTheCommit";
                         });

}  // namespace
}  // namespace sovereign::registry
