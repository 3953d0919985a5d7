// Ways back into an account, and proof of an email address.
#include "registry/accounts/recovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/accounts_test.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using support::kOtherPassword;
using support::kPassword;
using testing::HasSubstr;

class RecoveryTest : public support::AccountsTest {
 protected:
  RecoveryTest() : registered_(register_dev("Dev@Example.com", "quartz-lantern")) {
    EXPECT_EQ(registered_.status, 201);
  }

  std::string recovery_key(std::size_t index) const {
    return std::string(registered_.json().at("recovery_keys").at(index).as_string());
  }
  int recover(std::string_view email) {
    return post("recover", fmt::format(R"({{"email":"{}"}})", email)).status;
  }
  int confirm(std::string_view token, std::string_view password = kOtherPassword) {
    return call(confirm_call(token, password)).status;
  }
  int use_key(std::string_view key, std::string_view password = kOtherPassword,
              std::string_view email = "dev@example.com") {
    return call(recovery_key_call(email, key, password)).status;
  }

  const support::Answer registered_;
};

TEST_F(RecoveryTest, ALinkSetsANewPasswordOnceAndEndsAllSessions) {
  const auto session = login();
  ASSERT_EQ(recover("DEV@example.com"), 202);
  const auto& letter = feature_.letters.letters.back();
  EXPECT_EQ(letter.to, "Dev@Example.com");
  EXPECT_THAT(letter.text, HasSubstr("https://registry.example/ui/recover#token="));
  const auto token = feature_.letters.last_token();
  EXPECT_EQ(confirm(token, "too short"), 422);
  EXPECT_EQ(confirm(token), 204);
  EXPECT_EQ(get_as(session.text("access_token"), "me").status, 401);
  EXPECT_EQ(refresh(session.text("refresh_token")).status, 401);
  EXPECT_EQ(login().status, 401);
  EXPECT_EQ(login(kOtherPassword).status, 200);
  EXPECT_EQ(confirm(token, "another good passphrase 12"), 401);
  EXPECT_EQ(login(kOtherPassword).status, 200);
}

TEST_F(RecoveryTest, ALinkByMailAlsoProvesTheAddress) {
  const auto token = token_of_login();
  ASSERT_EQ(recover("dev@example.com"), 202);
  ASSERT_EQ(confirm(feature_.letters.last_token()), 204);
  EXPECT_TRUE(login(kOtherPassword).json().at("user").at("is_verified").as_bool());
}

TEST_F(RecoveryTest, ALinkWorksForHalfAnHour) {
  ASSERT_EQ(recover("dev@example.com"), 202);
  const auto token = feature_.letters.last_token();
  clock_.advance(std::chrono::minutes(30));
  EXPECT_EQ(confirm(token), 401);
}

TEST_F(RecoveryTest, OneUsedLinkCancelsTheOthers) {
  ASSERT_EQ(recover("dev@example.com"), 202);
  const auto first = feature_.letters.last_token();
  ASSERT_EQ(recover("dev@example.com"), 202);
  ASSERT_EQ(confirm(feature_.letters.last_token()), 204);
  EXPECT_EQ(confirm(first), 401);
}

TEST_F(RecoveryTest, AnUnknownAddressCostsAndLooksLikeAKnownOne) {
  const auto measure = [&](std::string_view email) {
    const auto before = database_.get().status();
    const auto answer = post("recover", fmt::format(R"({{"email":"{}"}})", email));
    EXPECT_EQ(answer.status, 202);
    const auto after = database_.get().status();
    EXPECT_EQ(after.commits - before.commits, 1U);
    return answer.text("message");
  };
  const auto letters = feature_.letters.letters.size();
  EXPECT_EQ(measure("nobody@example.com"), measure("dev@example.com"));
  EXPECT_EQ(feature_.letters.letters.size(), letters + 1);
  EXPECT_EQ(feature_.passwords.computed(), 1U) << "only the registration's hash";
}

TEST_F(RecoveryTest, AMailboxIsNotFilledByStrangers) {
  const auto letters = feature_.letters.letters.size();
  for (int i = 0; i < 10; ++i) ASSERT_EQ(recover("dev@example.com"), 202);
  EXPECT_EQ(feature_.letters.letters.size(), letters + kMaxLetters);
  clock_.advance(kRecoveryLinkLifetime);
  ASSERT_EQ(recover("dev@example.com"), 202);
  EXPECT_EQ(feature_.letters.letters.size(), letters + kMaxLetters + 1);
}

TEST_F(RecoveryTest, EachOfTheThreeKeysWorksOnce) {
  const std::string_view passwords[] = {"first new passphrase 77", "second new passphrase 88",
                                        "third new passphrase 99"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(use_key(recovery_key(i), passwords[i]), 204);
    EXPECT_EQ(use_key(recovery_key(i), kOtherPassword), 401);
    EXPECT_EQ(login(passwords[i]).status, 200);
  }
}

TEST_F(RecoveryTest, AKeyBelongsToItsAccountAndEveryRefusalIsTheSame) {
  ASSERT_EQ(register_dev("eve@example.com", "eve").status, 201);
  const auto refusal = [&](std::string_view email, std::string_view key) {
    const auto before = feature_.passwords.computed();
    const auto answer = call(recovery_key_call(email, key, kOtherPassword));
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(feature_.passwords.computed() - before, 1U);
    return answer.text("detail");
  };
  const auto of_another = refusal("eve@example.com", recovery_key(0));
  EXPECT_EQ(refusal("dev@example.com", "avrec-wrong"), of_another);
  EXPECT_EQ(refusal("nobody@example.com", recovery_key(0)), of_another);
  EXPECT_EQ(use_key(recovery_key(0)), 204);
}

TEST_F(RecoveryTest, OnlyTheHolderOfAKeyLearnsThatThePasswordIsTheName) {
  EXPECT_EQ(use_key("avrec-wrong", "quartz-lantern"), 401);
  EXPECT_EQ(use_key(recovery_key(0), "quartz-lantern"), 422);
  EXPECT_EQ(use_key(recovery_key(0)), 204) << "a refused password does not use the key up";
}

TEST_F(RecoveryTest, TheLinkInTheFirstLetterProvesTheAddressOnce) {
  const auto link = verification_link();
  EXPECT_THAT(feature_.letters.letters.back().text, HasSubstr("https://registry.example" + link));
  EXPECT_EQ(call({Method::head, link}).status, 200);
  EXPECT_EQ(call({Method::head, link}).status, 200);
  const auto answer = call({Method::get, link});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.text("status"), "verified");
  EXPECT_TRUE(get_as(token_of_login(), "me").json().at("is_verified").as_bool());
  EXPECT_EQ(call({Method::get, link}).status, 409);
  EXPECT_EQ(call({Method::head, link}).status, 409);
  EXPECT_EQ(call({Method::get, "/api/v1" + link}).status, 409);
}

TEST_F(RecoveryTest, ALinkThatIsUnknownExpiredOrForRecoveryProvesNothing) {
  EXPECT_EQ(call({Method::get, "/auth/verify-email?token=avmt_unknown"}).status, 404);
  EXPECT_EQ(call({Method::get, "/auth/verify-email"}).status, 422);
  const auto link = verification_link();
  ASSERT_EQ(recover("dev@example.com"), 202);
  EXPECT_EQ(call({Method::get, verification_link()}).status, 404);
  EXPECT_EQ(confirm(link.substr(link.find("avmt_"))), 401);
  clock_.advance(std::chrono::hours(24));
  EXPECT_EQ(call({Method::get, link}).status, 404);
}

TEST_F(RecoveryTest, AnotherLinkCanBeAskedForUntilTheAddressIsProved) {
  const auto token = token_of_login();
  EXPECT_EQ(post_as(token, "verify-email/resend").status, 202);
  EXPECT_EQ(call({Method::get, verification_link()}).status, 200);
  EXPECT_EQ(post_as(token, "verify-email/resend").status, 409);
  EXPECT_EQ(call(post_call("verify-email/resend", {})).status, 401);
}

TEST_F(RecoveryTest, PurgingRemovesExpiredLinks) {
  ASSERT_EQ(recover("nobody@example.com"), 202);
  ASSERT_EQ(support::count(database_.get(), "mail_tokens"), 2);
  ASSERT_TRUE(support::await(
      feature_.recovery.purge(clock_.now() + kRecoveryLinkLifetime + std::chrono::seconds(1))));
  EXPECT_EQ(support::count(database_.get(), "mail_tokens"), 1);
}

}  // namespace
}  // namespace sovereign::registry
