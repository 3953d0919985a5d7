#include "registry/onboarding/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "support/onboarding_fixture.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;
using support::await;
using support::await_all;
using support::Engine;
using support::OnboardingFixture;

constexpr std::string_view kBody = R"({"name":"Weather","agent_type":"service"})";
constexpr sql::Statement kCountAgents{"test.agents", "SELECT count(*) FROM agents"};
constexpr sql::Statement kCountCredentials{"test.credentials",
                                           "SELECT count(*) FROM agent_credentials"};
constexpr sql::Statement kCountAudit{"test.audit",
                                     "SELECT count(*) FROM audit_log WHERE action = $1"};
constexpr sql::Statement kDumpTokens{"test.tokens",
                                     "SELECT token_digest || metadata FROM bootstrap_tokens"};
constexpr sql::Statement kDumpCredentials{"test.secrets",
                                          "SELECT secret_digest FROM agent_credentials"};
constexpr sql::Statement kDumpAudit{"test.audit_text",
                                    "SELECT actor || action || subject || details FROM audit_log"};

class OnboardingTest : public testing::Test, protected OnboardingFixture {
 protected:
  explicit OnboardingTest(Engine engine = Engine::sqlite) : OnboardingFixture(engine) {}

  std::string issued(BootstrapTokenRequest request = {}) {
    return issue(std::move(request)).value().token;
  }
  ErrorCode refusal(std::string token, std::string_view body = kBody) {
    const auto outcome = join(std::move(token), body);
    return outcome ? ErrorCode::internal : outcome.error().code;
  }
  BootstrapTokenPage list(BootstrapTokenQuery query = {}) {
    return await(onboarding.list_tokens(ada, query)).value();
  }
  Result<void> revoke(BootstrapTokenId id, UserId who) {
    return await(onboarding.revoke_token(id, who, caller(who).actor));
  }
  std::string dump(const sql::Statement& statement) {
    std::string text;
    for (const auto& row : await(database->read({statement, {}})).value().rows) {
      text += sql::text(row.at(0)) + '\n';
    }
    return text;
  }
};

/// What the engines' SQL and locks decide.
class OnboardingEngineTest : public OnboardingTest, public testing::WithParamInterface<Engine> {
 protected:
  OnboardingEngineTest() : OnboardingTest(GetParam()) {}
};

TEST_F(OnboardingTest, AnAgentRegistersWithATokenAndBelongsToItsCreator) {
  const auto outcome = join(issued(), kBody);
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_EQ(outcome->record->developer_id, ada);
  EXPECT_EQ(catalog.find(outcome->record->id), outcome->record);
  const auto page = list();
  ASSERT_EQ(page.tokens.size(), 1U);
  EXPECT_EQ(page.tokens[0].status, BootstrapTokenStatus::consumed);
  EXPECT_EQ(page.tokens[0].consumed_by_agent_id, outcome->record->id);
  EXPECT_EQ(page.tokens[0].consumed_at, clock.now());
}

TEST_P(OnboardingEngineTest, OfTwentyRegistrationsAtOnceExactlyOneSucceeds) {
  const auto token = issued();
  std::vector<Task<Onboarded>> tasks;
  for (int i = 0; i < 20; ++i) {
    auto registration = read_registration(kBody).value();
    // Half of them would collide on the readable id as well.
    if (i % 2 == 0) registration.human_readable_id = "weather";
    tasks.push_back(onboarding.register_agent(token, std::move(registration),
                                              {.id = "anonymous", .request_id = "r"}));
  }
  int made = 0;
  int used = 0;
  for (const auto& outcome : await_all(std::move(tasks))) {
    if (outcome) {
      ++made;
    } else if (outcome.error().code == ErrorCode::conflict &&
               outcome.error().detail == "This bootstrap token has been used.") {
      ++used;
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(used, 19);
  EXPECT_EQ(database.count(kCountAgents), 1);
  EXPECT_EQ(database.count(kCountCredentials), 1);
  EXPECT_EQ(database.count(kCountAudit, {std::string("bootstrap_token.consume")}), 1);
  EXPECT_EQ(catalog.snapshot()->size(), 1U);
}

TEST_F(OnboardingTest, AUsedTokenIsAConflictAndAnUnknownOneIsNot) {
  const auto token = issued();
  ASSERT_TRUE(join(token, kBody));
  EXPECT_EQ(refusal(token), ErrorCode::conflict);
  EXPECT_EQ(refusal("BST_0123456789abcdefghijABCDEFGHIJkl"), ErrorCode::unauthenticated);
  EXPECT_EQ(refusal(""), ErrorCode::unauthenticated);
}

TEST_F(OnboardingTest, ATokenExpiresToTheMicrosecond) {
  const auto token = issued({.expires_in = 30});
  clock.advance(30s - 1us);
  const auto other = issued({.expires_in = 30});
  clock.advance(1us);
  EXPECT_EQ(refusal(token), ErrorCode::unauthenticated);
  EXPECT_TRUE(join(other, kBody));
}

TEST_F(OnboardingTest, ARefusedRegistrationLeavesTheTokenUsable) {
  ASSERT_TRUE(create(R"({"name":"A","agent_type":"t","humanReadableId":"taken"})"));
  const auto token = issued();
  EXPECT_EQ(refusal(token, R"({"name":""})"), ErrorCode::unprocessable);
  EXPECT_EQ(refusal(token, R"({"name":"B","agent_type":"t","humanReadableId":"TAKEN"})"),
            ErrorCode::conflict);
  EXPECT_EQ(refusal(token, R"({"name":"B","agent_type":"t","status":"suspended"})"),
            ErrorCode::forbidden);
  may_publish = false;
  EXPECT_EQ(refusal(token), ErrorCode::forbidden);
  may_publish = true;
  EXPECT_EQ(list().tokens.at(0).status, BootstrapTokenStatus::active);
  EXPECT_TRUE(join(token, kBody));
}

TEST_F(OnboardingTest, WhoMayNotPublishGetsNoToken) {
  may_publish = false;
  const auto outcome = issue();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::forbidden);
  EXPECT_EQ(list().pagination.total, 0);
}

TEST_F(OnboardingTest, ThePrefixOfATokenMayBeInEitherCase) {
  auto token = issued();
  token.replace(0, 4, "bst_");
  EXPECT_TRUE(join(token, kBody));
}

TEST_P(OnboardingEngineTest, ARevokedTokenIsRefusedAndMayBeRevokedAgain) {
  const auto token = issue().value();
  EXPECT_EQ(revoke(token.token_id, ben).error().code, ErrorCode::not_found);
  EXPECT_TRUE(revoke(token.token_id, ada));
  EXPECT_EQ(refusal(token.token), ErrorCode::unauthenticated);
  EXPECT_TRUE(revoke(token.token_id, ada));
  EXPECT_EQ(database.count(kCountAudit, {std::string("bootstrap_token.revoke")}), 1);
  EXPECT_EQ(list().tokens.at(0).status, BootstrapTokenStatus::revoked);
}

TEST_F(OnboardingTest, AUsedTokenCannotBeRevoked) {
  const auto token = issue().value();
  ASSERT_TRUE(join(token.token, kBody));
  EXPECT_EQ(revoke(token.token_id, ada).error().code, ErrorCode::conflict);
}

TEST_P(OnboardingEngineTest, TheListIsPagedNewestFirstAndFiltered) {
  issued({.requested_by = "first", .expires_in = 30});
  clock.advance(31s);
  for (const char* name : {"second", "third"}) {
    issued({.agent_type_hint = "assistant",
            .requested_by = name,
            .metadata = json::Raw{R"({"a":1})"}});
    clock.advance(1s);
  }
  const auto page = list({.per_page = 2});
  EXPECT_EQ(page.pagination.total, 3);
  EXPECT_EQ(page.pagination.pages, 2);
  ASSERT_EQ(page.tokens.size(), 2U);
  EXPECT_EQ(page.tokens[0].requested_by, "third");
  EXPECT_EQ(page.tokens[0].metadata.text, R"({"a":1})");
  EXPECT_EQ(list({.page = 2, .per_page = 2}).tokens.at(0).requested_by, "first");
  EXPECT_EQ(list({.page = 3, .per_page = 2}).pagination.total, 3);
  const auto expired = list({.status = BootstrapTokenStatus::expired});
  EXPECT_EQ(expired.pagination.total, 1);
  EXPECT_EQ(expired.tokens.at(0).requested_by, "first");
  EXPECT_EQ(await(onboarding.list_tokens(ben, {})).value().pagination.total, 0);
}

TEST_P(OnboardingEngineTest, TokensLeaveTheListThirtyDaysAfterTheyExpired) {
  issued({.expires_in = 30});
  clock.advance(30s + std::chrono::days(30));
  ASSERT_TRUE(await(onboarding.purge(clock.now())));
  EXPECT_EQ(list().pagination.total, 1);
  clock.advance(1us);
  ASSERT_TRUE(await(onboarding.purge(clock.now())));
  EXPECT_EQ(list().pagination.total, 0);
}

TEST_F(OnboardingTest, NothingThatIsStoredHoldsASecret) {
  const auto token = issued();
  const auto onboarded = join(token, kBody).value();
  const auto stored = dump(kDumpTokens) + dump(kDumpCredentials) + dump(kDumpAudit);
  EXPECT_EQ(stored.find(token.substr(4)), std::string::npos);
  EXPECT_EQ(stored.find(onboarded.credential.client_secret), std::string::npos);
  EXPECT_NE(stored.find("bootstrap_token.consume"), std::string::npos);
}

TEST_P(OnboardingEngineTest, AnAgentSignsInWithItsCredential) {
  const auto onboarded = join(issued(), kBody).value();
  const auto token = await(sessions.sign_in(onboarded.credential));
  ASSERT_TRUE(token) << token.error().detail;
  const auto claims = signer.verify(token->text, clock.now());
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->subject, did_of(onboarded.record->id));
  EXPECT_EQ(claims->role, "agent");
}

TEST_F(OnboardingTest, AWrongSecretAndAnUnknownIdGetTheSameAnswer) {
  const auto good = join(issued(), kBody).value().credential;
  const auto wrong = await(sessions.sign_in({good.client_id, good.client_secret + "x"}));
  const auto unknown = await(sessions.sign_in({"agent-0000000000000000", good.client_secret}));
  const auto empty = await(sessions.sign_in({}));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(wrong.error(), unknown.error());
  EXPECT_EQ(wrong.error(), empty.error());
}

TEST_F(OnboardingTest, ASuspendedOrDeletedAgentCannotSignIn) {
  const auto onboarded = join(issued(), kBody).value();
  ASSERT_TRUE(await(service.remove(onboarded.record->id, "", caller(ada))));
  EXPECT_EQ(await(sessions.sign_in(onboarded.credential)).error().code, ErrorCode::forbidden);
}

INSTANTIATE_TEST_SUITE_P(Engines, OnboardingEngineTest,
                         testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& information) {
                           return support::name_of(information.param);
                         });

}  // namespace
}  // namespace sovereign::registry
