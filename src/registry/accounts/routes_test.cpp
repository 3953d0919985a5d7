// Registering, signing in, and what follows, as clients see it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/accounts_fixture.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using support::Answer;
using support::Call;
using support::send;
using support::with_bearer;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kPassword = "plain-river-45-lanterns";
constexpr std::string_view kOtherPassword = "seven dry bricks by the gate";

class AccountRoutesTest : public testing::Test {
 protected:
  Answer post(std::string path, std::string body) {
    return send(feature_.pipeline, {Method::post, "/api/v1/auth/" + path, std::move(body),
                                    {{"Content-Type", "application/json"}}});
  }
  Answer post_as(std::string_view token, std::string path, std::string body = {}) {
    return send(feature_.pipeline,
                with_bearer(token, {Method::post, "/api/v1/auth/" + path, std::move(body)}));
  }
  Answer get_as(std::string_view token, std::string path) {
    return send(feature_.pipeline, with_bearer(token, {Method::get, "/api/v1/auth/" + path}));
  }
  Answer register_dev(std::string email = "Dev@Example.com", std::string name = "dev-one") {
    return post("register", fmt::format(R"({{"email":"{}","username":"{}","password":"{}"}})",
                                        email, name, kPassword));
  }
  Answer login(std::string_view password = kPassword, std::string_view email = "dev@example.com") {
    return post("login", fmt::format(R"({{"email":"{}","password":"{}"}})", email, password));
  }
  Answer refresh(std::string_view token) {
    return post("refresh", fmt::format(R"({{"refresh_token":"{}"}})", token));
  }

  base::ManualClock clock_;
  support::RegistryDatabase database_;
  support::AccountsFeature feature_{database_.get(), clock_};
};

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
      post("register", R"({"email":"a@example.com","name":"by alias","password":"plain-river-45-lanterns"})");
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

}  // namespace
}  // namespace sovereign::registry
