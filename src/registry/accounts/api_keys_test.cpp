// API keys: what they may do, for how long, and what checking them costs.
#include "registry/accounts/api_keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/accounts_test.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::Not;

class ApiKeysTest : public support::AccountsTest {
 protected:
  ApiKeysTest()
      : AccountsTest(support::Engine::sqlite,
                     {.rate_limits = {{"auth.api_key", {3, std::chrono::minutes(1)}}}}) {
    EXPECT_EQ(register_dev().status, 201);
    token_ = token_of_login();
  }

  support::Answer create(std::string body = R"({"name":"ci","scopes":["agents:read"]})") {
    return post_as(token_, "api-keys", std::move(body));
  }
  int me_with(std::string_view key, std::string address = "203.0.113.7") {
    return call({Method::get, "/api/v1/auth/me", {}, {{"X-Api-Key", std::string(key)}}, address})
        .status;
  }
  json::Array listed() { return get_as(token_, "api-keys").json().at("api_keys").as_array(); }

  std::string token_;
};

TEST_F(ApiKeysTest, AKeyWorksInBothHeadersAndIsShownOnce) {
  const auto created = create();
  ASSERT_EQ(created.status, 201) << created.body;
  const auto key = created.text("key");
  EXPECT_EQ(key.size(), 6U + 43U);
  EXPECT_TRUE(key.starts_with(created.text("prefix")));
  EXPECT_EQ(created.text("prefix").size(), 6U + 12U);
  EXPECT_EQ(me_with(key), 200);
  EXPECT_EQ(get_as(key, "me").status, 200);
  const auto list = get_as(token_, "api-keys");
  EXPECT_THAT(list.body, HasSubstr(created.text("id")));
  EXPECT_THAT(list.body, Not(HasSubstr(key)));
}

TEST_F(ApiKeysTest, WrongKeysAreRefused) {
  auto key = create().text("key");
  EXPECT_EQ(me_with("avreg_short", "192.0.2.1"), 401);
  EXPECT_EQ(me_with("avreg_" + std::string(43, 'x'), "192.0.2.2"), 401);
  key.back() = key.back() == 'x' ? 'y' : 'x';
  EXPECT_EQ(me_with(key, "192.0.2.3"), 401);
  EXPECT_EQ(me_with(key + "x", "192.0.2.4"), 401);
}

TEST_F(ApiKeysTest, ACheckedKeyIsRememberedForAMinute) {
  const auto key = create().text("key");
  EXPECT_FALSE(feature_.api_keys.find_known(key));
  ASSERT_EQ(me_with(key), 200);
  EXPECT_TRUE(feature_.api_keys.find_known(key));
  clock_.advance(std::chrono::seconds(59));
  EXPECT_TRUE(feature_.api_keys.find_known(key));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(feature_.api_keys.find_known(key));
  EXPECT_EQ(me_with(key), 200);
}

TEST_F(ApiKeysTest, RevokingAKeyEndsItAtOnceAndNoOther) {
  const auto one = create();
  const auto other = create();
  ASSERT_EQ(me_with(one.text("key")), 200);
  ASSERT_EQ(me_with(other.text("key")), 200);
  EXPECT_EQ(delete_as(token_, "api-keys/" + one.text("id")).status, 204);
  EXPECT_EQ(me_with(one.text("key")), 401);
  EXPECT_EQ(me_with(other.text("key")), 200);
  EXPECT_EQ(delete_as(token_, "api-keys/" + one.text("id")).status, 204);
  EXPECT_EQ(delete_as(token_, "api-keys/nonsense").status, 404);
  EXPECT_EQ(listed().size(), 1U);
}

TEST_F(ApiKeysTest, NobodyRevokesTheKeyOfAnother) {
  const auto key = create();
  ASSERT_EQ(register_dev("eve@example.com", "eve").status, 201);
  const auto eve = login(support::kPassword, "eve@example.com").text("access_token");
  EXPECT_EQ(delete_as(eve, "api-keys/" + key.text("id")).status, 404);
  EXPECT_EQ(me_with(key.text("key")), 200);
}

TEST_F(ApiKeysTest, AKeyEndsWhenItExpiresAlsoWhileItIsRemembered) {
  const auto key =
      create(R"({"name":"ci","scopes":["agents:read"],"expires_in_days":1})").text("key");
  clock_.advance(std::chrono::hours(24) - std::chrono::seconds(10));
  EXPECT_EQ(me_with(key), 200);
  clock_.advance(std::chrono::seconds(10));
  EXPECT_FALSE(feature_.api_keys.find_known(key));
  EXPECT_EQ(me_with(key), 401);
}

TEST_F(ApiKeysTest, AKeyOfAnInactiveAccountIsRefused) {
  const auto key = create().text("key");
  ASSERT_EQ(me_with(key), 200);
  support::execute(database_.get(), "UPDATE users SET is_active = 0, updated_at = updated_at + 1");
  ASSERT_TRUE(support::await(feature_.follower.catch_up()));
  EXPECT_EQ(me_with(key), 401);
  EXPECT_EQ(get_as(token_, "me").status, 401);
}

TEST_F(ApiKeysTest, RequestsAreChecked) {
  for (
      const auto* body :
      {R"({"name":"","scopes":["agents:read"]})", R"({"name":"x","scopes":[]})",
       R"({"name":"x","scopes":["everything"]})", R"({"scopes":["agents:read"]})",
       R"({"name":"x","scopes":["onboard"],"expires_in_days":0})",
       R"({"name":"x","scopes":["onboard"],"expires_at":"2001-01-01T00:00:00Z"})",
       R"({"name":"x","scopes":["onboard"],"expires_in_days":1,"expires_at":"2099-01-01T00:00:00Z"})"}) {
    EXPECT_EQ(create(body).status, 422) << body;
  }
  EXPECT_EQ(create(R"({"name":"x","scopes":["admin"]})").status, 403);
  EXPECT_EQ(support::count(database_.get(), "api_keys"), 0);
}

TEST_F(ApiKeysTest, AnAccountHasAtMostFiftyActiveKeys) {
  const auto first = create();
  for (std::int64_t i = 1; i < kMaxApiKeys; ++i) ASSERT_EQ(create().status, 201);
  EXPECT_EQ(create().status, 409);
  ASSERT_EQ(delete_as(token_, "api-keys/" + first.text("id")).status, 204);
  EXPECT_EQ(create().status, 201);
}

TEST_F(ApiKeysTest, AKeyCannotChangeTheAccountItBelongsTo) {
  const auto key = create().text("key");
  EXPECT_EQ(post_as(key, "api-keys", R"({"name":"more","scopes":["onboard"]})").status, 403);
  EXPECT_EQ(get_as(key, "api-keys").status, 403);
  EXPECT_EQ(get_as(key, "sessions").status, 403);
  EXPECT_EQ(post_as(key, "logout").status, 403);
  EXPECT_EQ(post_as(key, "verify-email/resend").status, 403);
}

TEST_F(ApiKeysTest, FailuresCountAgainstTheAddressAndSuccessesDoNot) {
  const auto key = create().text("key");
  const std::string wrong = "avreg_" + std::string(43, 'x');
  for (int i = 0; i < 3; ++i) EXPECT_EQ(me_with(wrong), 401);
  EXPECT_EQ(me_with(wrong), 429);
  EXPECT_EQ(me_with(key), 429) << "not remembered, so it would have to be checked";
  EXPECT_EQ(me_with(key, "198.51.100.1"), 200);
  EXPECT_EQ(me_with(key), 200) << "remembered now";
  clock_.advance(std::chrono::seconds(20));
  EXPECT_EQ(me_with(wrong), 401);
  for (int i = 0; i < 10; ++i) {
    clock_.advance(std::chrono::minutes(1));
    EXPECT_EQ(me_with(key), 200);
  }
}

TEST_F(ApiKeysTest, LastUseIsWrittenOffTheRequestsPathOnceAMinute) {
  const auto key = create().text("key");
  const auto commits = database_.get().status().commits;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(me_with(key), 200);
  EXPECT_EQ(database_.get().status().commits, commits);
  EXPECT_FALSE(listed()[0].as_object().contains("last_used_at"));
  ASSERT_TRUE(support::await(feature_.api_keys.write_usage()));
  EXPECT_EQ(listed()[0].at("last_used_at").as_string(), base::to_rfc3339(clock_.now()));
  clock_.advance(std::chrono::seconds(30));
  ASSERT_EQ(me_with(key), 200);
  const auto after_first = database_.get().status().commits;
  ASSERT_TRUE(support::await(feature_.api_keys.write_usage()));
  EXPECT_EQ(database_.get().status().commits, after_first) << "within the same minute";
  clock_.advance(std::chrono::seconds(30));
  ASSERT_EQ(me_with(key), 200);
  ASSERT_TRUE(support::await(feature_.api_keys.write_usage()));
  EXPECT_EQ(listed()[0].at("last_used_at").as_string(), base::to_rfc3339(clock_.now()));
}

TEST_F(ApiKeysTest, ARevocationElsewhereIsNoticed) {
  const auto key = create();
  ASSERT_EQ(me_with(key.text("key")), 200);
  support::AccountsFeature replica(database_.get(), clock_);
  const auto on_replica = [&] {
    return support::send(replica.pipeline,
                         support::with_bearer(key.text("key"), {Method::get, "/api/v1/auth/me"}))
        .status;
  };
  ASSERT_EQ(on_replica(), 200);
  ASSERT_EQ(delete_as(token_, "api-keys/" + key.text("id")).status, 204);
  ASSERT_TRUE(support::await(replica.follower.catch_up()));
  EXPECT_EQ(on_replica(), 401);
}

TEST_F(ApiKeysTest, PurgingRemovesKeysThatEndedLongAgo) {
  const auto revoked = create();
  ASSERT_EQ(create().status, 201);
  ASSERT_EQ(delete_as(token_, "api-keys/" + revoked.text("id")).status, 204);
  ASSERT_TRUE(support::await(feature_.api_keys.purge(clock_.now() + kEndedKeyLifetime)));
  EXPECT_EQ(support::count(database_.get(), "api_keys"), 2);
  ASSERT_TRUE(support::await(
      feature_.api_keys.purge(clock_.now() + kEndedKeyLifetime + std::chrono::seconds(1))));
  EXPECT_EQ(support::count(database_.get(), "api_keys"), 1);
  EXPECT_EQ(listed().size(), 1U);
}

TEST(KeyMemory, ARevocationOvertakesACheckThatIsUnderWay) {
  crypto::SystemRandom random;
  KeyMemory memory(random);
  const KnownKey known{.id = ApiKeyId::generate(random), .user = UserId::generate(random)};
  const Timestamp now{std::chrono::seconds(1)};
  const auto ticket = memory.ticket();
  memory.forget(known.id);
  memory.remember("key", known, now, ticket);
  EXPECT_FALSE(memory.find("key", now));
  memory.remember("key", known, now, memory.ticket());
  EXPECT_TRUE(memory.find("key", now));
}

}  // namespace
}  // namespace sovereign::registry
