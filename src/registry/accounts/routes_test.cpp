// Registering, signing in, and what follows, as clients see it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "support/accounts_test.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using support::send;
using support::with_bearer;
using testing::HasSubstr;
using testing::Not;

using support::kOtherPassword;
using support::kPassword;

using AccountRoutesTest = support::AccountsTest;

TEST_F(AccountRoutesTest, RegisteringGivesTheUserAndThreeRecoveryKeys) {
  const auto answer = register_dev();
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(answer.text("email"), "Dev@Example.com");
  EXPECT_EQ(answer.text("username"), "dev-one");
  EXPECT_EQ(answer.text("role"), "developer");
  const auto body = answer.json().as_object();
  EXPECT_FALSE(body.at("is_verified").as_bool());
  std::set<std::string> keys;
  for (const auto& key : body.at("recovery_keys").as_array()) keys.emplace(key.as_string());
  EXPECT_EQ(keys.size(), 3U);
  EXPECT_THAT(answer.body, Not(HasSubstr(kPassword)));
}

TEST_F(AccountRoutesTest, NameIsAnAliasOfUsername) {
  const auto answer =
      post("register",
           R"({"email":"a@example.com","name":"by alias","password":"plain-river-45-lanterns"})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(answer.text("username"), "by alias");
}

TEST_F(AccountRoutesTest, TakenEmailsAndNamesConflictWithoutRegardToCase) {
  ASSERT_EQ(register_dev().status, 201);
  const auto email = register_dev("dEV@example.COM", "other");
  EXPECT_EQ(email.status, 409);
  EXPECT_THAT(email.text("detail"), HasSubstr("email"));
  const auto name = register_dev("other@example.com", "DEV-One");
  EXPECT_EQ(name.status, 409);
  EXPECT_THAT(name.text("detail"), HasSubstr("name"));
  EXPECT_EQ(support::count(database_.get(), "recovery_keys"), 3);
}

TEST_F(AccountRoutesTest, EachBadFieldIsNamedAndNoneIsEchoed) {
  struct Case {
    std::string_view body, pointer;
  };
  for (const auto& [body, pointer] : std::initializer_list<Case>{
           {R"({"email":"no-at.example","username":"dev","password":"plain-river-45-lanterns"})",
            "/email"},
           {R"({"email":"a@b","username":"dev","password":"plain-river-45-lanterns"})", "/email"},
           {R"({"email":"a@b.org","username":"ab","password":"plain-river-45-lanterns"})",
            "/username"},
           {R"({"email":"a@b.org","username":" dev","password":"plain-river-45-lanterns"})",
            "/username"},
           {R"({"email":"a@b.org","username":"d\u0007ev","password":"plain-river-45-lanterns"})",
            "/username"},
           {R"({"email":"a@b.org","username":"dev","password":"short-4-u"})", "/password"},
           {R"({"email":"a@b.org","username":"dev","password":"passwordpassword"})", "/password"},
           {R"({"email":"longname@b.org","username":"longname.org","password":"longname.org"})",
            "/password"},
           {R"({"email":"a@b.org","username":"dev"})", "/password"},
           {R"({"email":"a@b.org","username":"dev","password":"plain-river-45-lanterns","x":1})",
            "/x"},
       }) {
    const auto answer = post("register", std::string(body));
    EXPECT_EQ(answer.status, 422) << body;
    EXPECT_THAT(answer.body, HasSubstr(fmt::format(R"("pointer":"{}")", pointer))) << body;
    EXPECT_THAT(answer.body, Not(HasSubstr("lanterns")));
  }
  EXPECT_EQ(support::count(database_.get(), "users"), 0);
}

TEST_F(AccountRoutesTest, SigningInGivesTokensThatWork) {
  ASSERT_EQ(register_dev().status, 201);
  const auto answer = login();
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.text("token_type"), "bearer");
  EXPECT_EQ(answer.json().at("expires_in").as_int64(), 86400);
  EXPECT_EQ(answer.text("user.username"), "dev-one");
  const auto me = get_as(answer.text("access_token"), "me");
  EXPECT_EQ(me.status, 200);
  EXPECT_EQ(me.text("email"), "Dev@Example.com");
  EXPECT_EQ(get_as("nonsense", "me").status, 401);
  EXPECT_EQ(send(feature_.pipeline, {Method::get, "/api/v1/auth/me"}).status, 401);
}

TEST_F(AccountRoutesTest, SigningInTakesFormsWhoseUsernameIsTheEmail) {
  ASSERT_EQ(register_dev().status, 201);
  const auto urlencoded =
      send(feature_.pipeline,
           {Method::post,
            "/api/v1/auth/login",
            "grant_type=password&username=dev%40example.com&password=plain-river-45-lanterns",
            {{"Content-Type", "application/x-www-form-urlencoded"}}});
  EXPECT_EQ(urlencoded.status, 200) << urlencoded.body;
  const auto multipart =
      send(feature_.pipeline,
           {Method::post,
            "/api/v1/auth/login",
            "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\ndev@example.com\r\n"
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n"
            "plain-river-45-lanterns\r\n--b--\r\n",
            {{"Content-Type", "multipart/form-data; boundary=b"}}});
  EXPECT_EQ(multipart.status, 200) << multipart.body;
}

TEST_F(AccountRoutesTest, UnknownEmailWrongPasswordAndInactiveAccountLookAndCostTheSame) {
  ASSERT_EQ(register_dev().status, 201);
  const auto hashes_of = [&](std::string_view password, std::string_view email) {
    const auto before = feature_.passwords.computed();
    const auto answer = login(password, email);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.text("detail"), "The email address or the password is wrong.");
    return feature_.passwords.computed() - before;
  };
  EXPECT_EQ(hashes_of("wrong password", "dev@example.com"), 1U);
  EXPECT_EQ(hashes_of("wrong password", "nobody@example.com"), 1U);
  EXPECT_EQ(hashes_of("", "nobody@example.com"), 1U);
  support::execute(database_.get(), "UPDATE users SET is_active = 0");
  EXPECT_EQ(hashes_of(kPassword, "dev@example.com"), 1U);
}

TEST_F(AccountRoutesTest, AHashOfAnotherKindIsReplacedAtTheNextSignIn) {
  ASSERT_EQ(register_dev().status, 201);
  const auto bcrypt = crypto::bcrypt_hash(kPassword, {.rounds_log2 = 4}, feature_.random).value();
  support::execute(database_.get(), fmt::format("UPDATE users SET password_hash = '{}'", bcrypt));
  EXPECT_EQ(login("wrong password").status, 401);
  EXPECT_EQ(support::count(database_.get(), "users WHERE password_hash LIKE '$bcrypt%'"), 1);
  EXPECT_EQ(login().status, 200);
  EXPECT_EQ(support::count(database_.get(), "users WHERE password_hash LIKE '$argon2id$%'"), 1);
  EXPECT_EQ(login().status, 200);
}

TEST_F(AccountRoutesTest, ARefreshTokenWorksOnceAndItsReuseEndsTheSession) {
  ASSERT_EQ(register_dev().status, 201);
  const auto first = login();
  const auto second = refresh(first.text("refresh_token"));
  ASSERT_EQ(second.status, 200) << second.body;
  EXPECT_NE(second.text("refresh_token"), first.text("refresh_token"));
  EXPECT_EQ(get_as(second.text("access_token"), "me").status, 200);
  EXPECT_EQ(get_as(first.text("access_token"), "me").status, 200);
  EXPECT_EQ(refresh(first.text("refresh_token")).status, 401);
  EXPECT_EQ(refresh(second.text("refresh_token")).status, 401);
  EXPECT_EQ(get_as(second.text("access_token"), "me").status, 401);
  EXPECT_EQ(
      support::count(database_.get(), "audit_log WHERE action = 'session.refresh_token_reused'"),
      1);
  EXPECT_EQ(login().status, 200);
}

TEST_F(AccountRoutesTest, RefreshTokensThatAreUnknownOrTooOldAreRefused) {
  ASSERT_EQ(register_dev().status, 201);
  const auto session = login();
  EXPECT_EQ(refresh("avrt_unknown").status, 401);
  clock_.advance(std::chrono::hours(24 * 30));
  EXPECT_EQ(refresh(session.text("refresh_token")).status, 401);
}

TEST_F(AccountRoutesTest, SigningOutEndsAllTokensOfThatSessionOnly) {
  ASSERT_EQ(register_dev().status, 201);
  const auto here = login();
  const auto there = login();
  EXPECT_EQ(post_as(here.text("access_token"), "logout").status, 204);
  EXPECT_EQ(get_as(here.text("access_token"), "me").status, 401);
  EXPECT_EQ(refresh(here.text("refresh_token")).status, 401);
  EXPECT_EQ(get_as(there.text("access_token"), "me").status, 200);
  EXPECT_EQ(refresh(there.text("refresh_token")).status, 200);
}

TEST_F(AccountRoutesTest, EndedSessionsStayEndedAfterARestart) {
  ASSERT_EQ(register_dev().status, 201);
  const auto session = login();
  ASSERT_EQ(post_as(session.text("access_token"), "logout").status, 204);
  support::AccountsFeature restarted(database_.get(), clock_);
  ASSERT_TRUE(restarted.follower.load());
  EXPECT_EQ(send(restarted.pipeline,
                 with_bearer(session.text("access_token"), {Method::get, "/api/v1/auth/me"}))
                .status,
            401);
}

TEST_F(AccountRoutesTest, SessionsCanBeSeenAndEnded) {
  ASSERT_EQ(register_dev().status, 201);
  const auto phone =
      send(feature_.pipeline,
           {Method::post,
            "/api/v1/auth/login",
            fmt::format(R"({{"email":"dev@example.com","password":"{}"}})", kPassword),
            {{"User-Agent", "Phone \xff"}}});
  clock_.advance(std::chrono::minutes(1));
  const auto desk = login();
  const auto list = get_as(desk.text("access_token"), "sessions").json().at("sessions").as_array();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_TRUE(list[0].at("current").as_bool());
  EXPECT_EQ(list[1].at("user_agent").as_string(), "Phone ?");
  EXPECT_EQ(list[1].at("address").as_string(), "203.0.113.7");
  const auto end = [&](std::string_view id) {
    return send(feature_.pipeline,
                with_bearer(desk.text("access_token"),
                            {Method::delete_, fmt::format("/api/v1/auth/sessions/{}", id)}))
        .status;
  };
  const std::string phone_id(list[1].at("id").as_string());
  EXPECT_EQ(end(phone_id), 204);
  EXPECT_EQ(end(phone_id), 204);
  EXPECT_EQ(end("5c0b3f0e-0000-4000-8000-000000000000"), 404);
  EXPECT_EQ(end("nonsense"), 404);
  EXPECT_EQ(get_as(phone.text("access_token"), "me").status, 401);
  EXPECT_EQ(get_as(desk.text("access_token"), "sessions").json().at("sessions").as_array().size(),
            1U);
}

TEST_F(AccountRoutesTest, NobodyEndsTheSessionOfAnother) {
  ASSERT_EQ(register_dev().status, 201);
  ASSERT_EQ(register_dev("eve@example.com", "eve").status, 201);
  const auto dev = login();
  const auto eve = login(kPassword, "eve@example.com");
  const std::string id(get_as(dev.text("access_token"), "sessions")
                           .json()
                           .at("sessions")
                           .at(0)
                           .at("id")
                           .as_string());
  EXPECT_EQ(send(feature_.pipeline, with_bearer(eve.text("access_token"),
                                                {Method::delete_, "/api/v1/auth/sessions/" + id}))
                .status,
            404);
  EXPECT_EQ(get_as(dev.text("access_token"), "me").status, 200);
}

TEST_F(AccountRoutesTest, AnAccountHasAtMostAHundredSessions) {
  ASSERT_EQ(register_dev().status, 201);
  const auto oldest = login();
  for (std::int64_t i = 0; i < kMaxSessions; ++i) {
    clock_.advance(std::chrono::seconds(1));
    ASSERT_EQ(login().status, 200);
  }
  EXPECT_EQ(support::count(database_.get(), "sessions WHERE ended_at IS NULL"), kMaxSessions);
  EXPECT_EQ(get_as(oldest.text("access_token"), "me").status, 401);
}

TEST_F(AccountRoutesTest, APasswordChangeEndsAllOtherSessions) {
  ASSERT_EQ(register_dev().status, 201);
  const auto here = login();
  const auto there = login();
  ASSERT_EQ(post("recover", R"({"email":"dev@example.com"})").status, 202);
  const auto recovery_token = feature_.letters.last_token();
  const auto change = [&](std::string_view current, std::string_view next) {
    return send(feature_.pipeline,
                with_bearer(here.text("access_token"),
                            {Method::put, "/api/v1/auth/password",
                             fmt::format(R"({{"current_password":"{}","new_password":"{}"}})",
                                         current, next)}))
        .status;
  };
  EXPECT_EQ(change("wrong password", kOtherPassword), 403);
  EXPECT_EQ(change(kPassword, "password1234"), 422);
  EXPECT_EQ(get_as(there.text("access_token"), "me").status, 200);
  EXPECT_EQ(change(kPassword, kOtherPassword), 204);
  EXPECT_EQ(get_as(here.text("access_token"), "me").status, 200);
  EXPECT_EQ(refresh(here.text("refresh_token")).status, 200);
  EXPECT_EQ(get_as(there.text("access_token"), "me").status, 401);
  EXPECT_EQ(refresh(there.text("refresh_token")).status, 401);
  EXPECT_EQ(login().status, 401);
  EXPECT_EQ(login(kOtherPassword).status, 200);
  EXPECT_EQ(post("recover/confirm",
                 fmt::format(R"({{"token":"{}","new_password":"{}"}})", recovery_token, kPassword))
                .status,
            401);
}

TEST_F(AccountRoutesTest, AFullPasswordPoolIsAnAnswer) {
  support::AccountsFeature busy(database_.get(), clock_, {.password_queue = 0});
  const auto answer = send(busy.pipeline, {Method::post, "/api/v1/auth/login",
                                           R"({"email":"a@example.com","password":"x"})"});
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.headers.contains("Retry-After"));
}

}  // namespace
}  // namespace sovereign::registry
