// Who is let in by a token, and who is not.
#include "registry/accounts/authenticator.hpp"

#include <gtest/gtest.h>

#include "support/accounts_test.hpp"

namespace sovereign::registry {
namespace {

using http::Method;

class AuthenticatorTest : public support::AccountsTest {
 protected:
  AuthenticatorTest() {
    EXPECT_EQ(register_dev().status, 201);
    user_ =
        support::await(feature_.accounts.create_admin({.email = "root@example.com",
                                                       .username = "root",
                                                       .password = std::string(support::kPassword)},
                                                      ExistingAccount::refuse))
            .value();
    session_ = SessionId::generate(feature_.random);
  }

  /// What memory alone answers; nullopt when the database must be asked.
  std::optional<Result<http::Principal>> now(std::string_view token) {
    const std::string value = fmt::format("Bearer {}", token);
    const http::Header headers[] = {{"Authorization", value}};
    http::Request request;
    request.headers = headers;
    return feature_.authenticator.authenticate_now(request);
  }
  crypto::Claims claims() const {
    return {.subject = user_.id.to_string(),
            .email = user_.email,
            .role = "admin",
            .id = session_.to_string() + ".x",
            .issued_at = clock_.now(),
            .expires_at = clock_.now() + std::chrono::hours(1)};
  }
  int status_of(const crypto::Claims& claims) {
    return get_as(feature_.signer.sign(claims), "me").status;
  }

  User user_;
  SessionId session_;
};

TEST_F(AuthenticatorTest, AnAccountIsKnownByItsTokenWithoutTheDatabaseOnceItWasSeen) {
  const auto token = feature_.issuer.issue(user_, session_).text;
  EXPECT_FALSE(now(token)) << "the account was not seen yet";
  ASSERT_EQ(get_as(token, "me").status, 200);
  const auto principal = now(token).value().value();
  EXPECT_EQ(principal.kind, http::PrincipalKind::user);
  EXPECT_EQ(principal.subject, user_.id.uuid);
  EXPECT_EQ(principal.email, "root@example.com");
  EXPECT_TRUE(principal.is_admin);
  EXPECT_TRUE(principal.may(http::Scope::admin));
  EXPECT_EQ(session_of(principal.session), session_);
}

TEST_F(AuthenticatorTest, AnAgentIsKnownByItsToken) {
  const AgentId agent = AgentId::generate(feature_.random);
  const auto token = feature_.issuer.issue(agent, session_);
  const auto principal = now(token.text).value().value();
  EXPECT_EQ(principal.kind, http::PrincipalKind::agent);
  EXPECT_EQ(principal.subject, agent.uuid);
  EXPECT_FALSE(principal.is_admin);
  EXPECT_EQ(principal.scopes, 0);
  EXPECT_EQ(get_as(token.text, "me").status, 403) << "agents have no account";
  auto by_uuid = claims();
  by_uuid.subject = agent.to_string();
  by_uuid.role = "agent";
  EXPECT_EQ(now(feature_.signer.sign(by_uuid)).value().value().subject, agent.uuid);
}

TEST_F(AuthenticatorTest, TheAccountDecidesItsRoleNotTheToken) {
  auto forged = claims();
  support::execute(database_.get(),
                   "UPDATE users SET role = 'developer', "
                   "updated_at = updated_at + 1 WHERE username = 'root'");
  ASSERT_EQ(status_of(forged), 200);
  EXPECT_FALSE(now(feature_.signer.sign(forged)).value().value().is_admin);
}

TEST_F(AuthenticatorTest, TokensThatAreNotForAccessAreRefused) {
  EXPECT_EQ(status_of(claims()), 200);
  auto changed = claims();
  changed.purpose = "access";
  EXPECT_EQ(status_of(changed), 200);
  changed.purpose = "password-set";
  EXPECT_EQ(status_of(changed), 401);
  changed = claims();
  changed.id = "not-of-a-session";
  EXPECT_EQ(status_of(changed), 401);
  changed = claims();
  changed.subject = "17";
  EXPECT_EQ(status_of(changed), 401);
  changed = claims();
  changed.subject = UserId::generate(feature_.random).to_string();
  EXPECT_EQ(status_of(changed), 401) << "of an account that does not exist";
  changed = claims();
  changed.expires_at = clock_.now();
  EXPECT_EQ(status_of(changed), 401);
}

TEST_F(AuthenticatorTest, InactiveAccountsAndEndedSessionsAreRefused) {
  const auto token = feature_.signer.sign(claims());
  ASSERT_EQ(get_as(token, "me").status, 200);
  feature_.standing.end(session_, clock_.now());
  EXPECT_EQ(get_as(token, "me").status, 401);
  feature_.standing.purge(clock_.now() + std::chrono::hours(23));
  EXPECT_EQ(get_as(token, "me").status, 401) << "remembered while tokens of it may run";
  session_ = SessionId::generate(feature_.random);
  ASSERT_EQ(status_of(claims()), 200);
  support::execute(database_.get(), "UPDATE users SET is_active = 0, updated_at = updated_at + 1");
  ASSERT_TRUE(support::await(feature_.follower.catch_up()));
  EXPECT_EQ(status_of(claims()), 401);
}

TEST_F(AuthenticatorTest, OddCredentialsAreRefused) {
  const auto token = feature_.signer.sign(claims());
  const auto status = [&](std::vector<std::pair<std::string, std::string>> headers) {
    return call({Method::get, "/api/v1/auth/me", {}, std::move(headers)}).status;
  };
  EXPECT_EQ(status({{"Authorization", "bearer  " + token + " "}}), 200);
  EXPECT_EQ(status({{"Authorization", "Basic " + token}}), 401);
  EXPECT_EQ(status({{"Authorization", "Bearer"}}), 401);
  EXPECT_EQ(status({{"Authorization", ""}}), 401);
  EXPECT_EQ(status({{"X-Api-Key", token}}), 401);
  EXPECT_EQ(status({{"Authorization", "Bearer " + token},
                    {"X-Api-Key", "avreg_" + std::string(43, 'x')}}),
            401);
}

TEST_F(AuthenticatorTest, PublishingWaitsForAProvedAddressOnlyIfThatIsAsked) {
  support::AccountsFeature strict(
      database_.get(), clock_,
      {.options = {.public_url = "https://registry.example", .require_verified_email = true}});
  const auto dev = UserId::parse(login().text("user.id")).value();
  const http::Principal principal{.subject = dev.uuid};
  EXPECT_TRUE(support::await(feature_.accounts.may_publish(principal)));
  const auto refused = support::await(strict.accounts.may_publish(principal));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
  EXPECT_TRUE(support::await(
      strict.accounts.may_publish({.kind = http::PrincipalKind::agent, .subject = session_.uuid})));
  const auto link = verification_link();
  ASSERT_EQ(support::send(strict.pipeline, {Method::get, link}).status, 200);
  EXPECT_TRUE(support::await(strict.accounts.may_publish(principal))) << "without signing in again";
}

TEST_F(AuthenticatorTest, AnAdministratorIsMadeOnceOrByPromotion) {
  const Registration dev{.email = "DEV@example.com",
                         .username = "other",
                         .password = std::string(support::kOtherPassword)};
  const auto session = login();
  const auto refused = support::await(feature_.accounts.create_admin(dev, ExistingAccount::refuse));
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  const auto promoted =
      support::await(feature_.accounts.create_admin(dev, ExistingAccount::promote)).value();
  EXPECT_EQ(promoted.username, "dev-one");
  EXPECT_EQ(promoted.role, Role::admin);
  EXPECT_TRUE(now(session.text("access_token")).value().value().is_admin);
  EXPECT_EQ(login().status, 200) << "the password is the old one";
  EXPECT_EQ(
      post_as(login().text("access_token"), "api-keys", R"({"name":"ops","scopes":["admin"]})")
          .status,
      201);
  const Registration weak{.email = "new@example.com", .username = "new", .password = "short"};
  EXPECT_EQ(
      support::await(feature_.accounts.create_admin(weak, ExistingAccount::promote)).error().code,
      ErrorCode::unprocessable);
}

TEST_F(AuthenticatorTest, ThePublisherBesideAnAgentIsFound) {
  const auto developer = support::await(feature_.accounts.developer(user_.id)).value();
  EXPECT_EQ(developer.username, "root");
  EXPECT_EQ(developer.email, "root@example.com");
  EXPECT_EQ(
      support::await(feature_.accounts.developer(UserId::generate(feature_.random))).error().code,
      ErrorCode::not_found);
}

}  // namespace
}  // namespace sovereign::registry
