#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "json/parse.hpp"
#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

using support::AgentsFixture;
using support::await;
using support::await_all;
using support::Engine;
using testing::HasSubstr;
using testing::Not;

constexpr sql::Statement kCountAgents{"test.agents", "SELECT count(*) FROM agents"};
constexpr sql::Statement kCountChanges{"test.changes", "SELECT count(*) FROM changes"};
constexpr sql::Statement kCountAudit{"test.audit",
                                     "SELECT count(*) FROM audit_log WHERE action = $1"};
constexpr sql::Statement kLastSeen{"test.seen", "SELECT last_seen_at FROM agents WHERE id = $1"};

std::string member(const SharedRecord& record, std::string_view name) {
  return std::string(json::raw_member(record->json, name).value_or("absent"));
}

class AgentServiceTest : public testing::Test, protected AgentsFixture {
 protected:
  SharedRecord created(std::string_view body) {
    auto record = create(body);
    EXPECT_TRUE(record) << record.error().detail;
    return *record;
  }
  Result<SharedRecord> update(AgentId id, std::string patch, std::string if_match = {}) {
    return await(service.update(id, std::move(patch), std::move(if_match), caller(ada)));
  }
};

TEST_F(AgentServiceTest, ANewAgentIsShownWithItsPublisherAndDefaults) {
  const auto record = created(R"({"name":"Weather Bot","agent_type":"service"})");
  EXPECT_EQ(member(record, "did"), "\"did:agentvault:" + record->id.to_string() + '"');
  EXPECT_EQ(member(record, "status"), "\"active\"");
  EXPECT_EQ(member(record, "humanReadableId"),
            "\"weather-bot-" + record->id.to_string().substr(0, 8) + '"');
  EXPECT_EQ(member(record, "developer_email"), "\"ada@example.com\"");
  EXPECT_EQ(member(record, "registry_url"), "\"https://registry.example\"");
  EXPECT_EQ(member(record, "version"), "1");
  EXPECT_EQ(member(record, "metadata"), "{}");
  EXPECT_EQ(member(record, "pricing"), "absent");
}

TEST_F(AgentServiceTest, AWriteIsReadBackAtOnceByIdAndByReadableIdInAnyCase) {
  const auto record = created(R"({"name":"A","agent_type":"t","humanReadableId":"Acme/Weather"})");
  EXPECT_EQ(catalog.find(record->id), record);
  EXPECT_EQ(catalog.find_human_readable_id("acme/wEATHER"), record);
  EXPECT_EQ(catalog.find_human_readable_id("acme"), nullptr);
}

TEST_F(AgentServiceTest, ACardIsKeptByteForByteWithTheDigestOfItsCanonicalForm) {
  const auto* card = R"({ "url" : "https://a.example/x","name":"Card \u0042ot",
    "version":1.50, "tags":["x","y","x"],"description":"From the card" })";
  const auto record = created(std::string(R"({"card": )") + card + "}");
  EXPECT_EQ(member(record, "card"), card);
  EXPECT_EQ(member(record, "name"), "\"Card Bot\"");
  EXPECT_EQ(member(record, "agent_type"), "\"a2a\"");
  EXPECT_EQ(member(record, "tags"), R"(["x","y"])");
  EXPECT_EQ(member(record, "api_endpoints"), R"(["https://a.example/x"])");
  const auto digest = member(record, "card_digest");
  EXPECT_EQ(digest.size(), 2 + 7 + 64U);
  const auto other = created(R"({"card":{"name":"Card Bot","version":1.5,"tags":["x","y","x"],)"
                             R"("description":"From the card","url":"https://a.example/x"}})");
  EXPECT_EQ(member(other, "card_digest"), digest);
}

TEST_F(AgentServiceTest, TheItemOfAListIsTheAgentWithoutItsCard) {
  const auto record = created(R"({"name":"A","agent_type":"t","card":{"name":"inside"}})");
  const auto item = std::string(record->item_without_brace()) + '}';
  EXPECT_TRUE(json::parse(item));
  EXPECT_THAT(item, Not(HasSubstr("inside")));
  EXPECT_THAT(item, HasSubstr("card_digest"));
}

TEST_F(AgentServiceTest, AReadableIdIsTakenWithoutRegardToCase) {
  created(R"({"name":"A","agent_type":"t","humanReadableId":"acme/one"})");
  const auto second = create(R"({"name":"B","agent_type":"t","humanReadableId":"ACME/One"})", ben);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(second.error().fields.at(0).pointer, "/humanReadableId");
}

TEST_F(AgentServiceTest, EachChangeLeavesARowInTheFeedAndInTheAuditTrail) {
  const auto id = created(R"({"name":"A","agent_type":"t"})")->id;
  ASSERT_TRUE(update(id, R"({"name":"B"})"));
  ASSERT_TRUE(await(service.remove(id, {}, caller(ada))));
  EXPECT_EQ(database.count(kCountChanges), 3);
  EXPECT_EQ(database.count(kCountAudit, {"agent.create"}), 1);
  EXPECT_EQ(database.count(kCountAudit, {"agent.update"}), 1);
  EXPECT_EQ(database.count(kCountAudit, {"agent.delete"}), 1);
}

TEST_F(AgentServiceTest, AnUpdateReplacesWhatItNamesClearsNullsAndKeepsTheRest) {
  const auto before = created(
      R"({"name":"A","agent_type":"t","tags":["x"],"description":"Old","humanReadableId":"a/b",)"
      R"("pricing":{"base_price": 0.010},"metadata":{"k" : 1}})");
  clock.advance(std::chrono::seconds(5));
  const auto after = update(before->id, R"({"tags":["y","z"],"description":null})").value();
  EXPECT_EQ(member(after, "tags"), R"(["y","z"])");
  EXPECT_EQ(member(after, "description"), "\"\"");
  EXPECT_EQ(member(after, "pricing"), R"({"base_price": 0.010})");
  EXPECT_EQ(member(after, "metadata"), R"({"k" : 1})");
  EXPECT_EQ(member(after, "humanReadableId"), "\"a/b\"");
  EXPECT_EQ(member(after, "version"), "2");
  EXPECT_EQ(member(after, "created_at"), member(before, "created_at"));
  EXPECT_NE(member(after, "updated_at"), member(before, "updated_at"));
  EXPECT_NE(after->etag, before->etag);
  EXPECT_EQ(catalog.find(before->id), after);
}

TEST_F(AgentServiceTest, AnUpdateThatBreaksARuleChangesNothing) {
  const auto record = created(R"({"name":"A","agent_type":"t"})");
  const auto refused = update(record->id, R"({"name":null,"tags":[""]})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unprocessable);
  EXPECT_EQ(catalog.find(record->id), record);
}

TEST_F(AgentServiceTest, OnlyThePublisherOrAnAdministratorWrites) {
  const auto id = created(R"({"name":"A","agent_type":"t"})")->id;
  const auto stranger = await(service.update(id, R"({"name":"B"})", {}, caller(ben)));
  EXPECT_EQ(stranger.error().code, ErrorCode::forbidden);
  EXPECT_EQ(await(service.remove(id, {}, caller(ben))).error().code, ErrorCode::forbidden);
  EXPECT_TRUE(await(service.update(id, R"({"name":"B"})", {}, admin())));
}

TEST_F(AgentServiceTest, AStaleIfMatchIsRefusedAndAFreshOneHolds) {
  const auto record = created(R"({"name":"A","agent_type":"t"})");
  ASSERT_TRUE(update(record->id, R"({"name":"B"})", record->etag));
  const auto stale = update(record->id, R"({"name":"C"})", record->etag);
  EXPECT_EQ(stale.error().code, ErrorCode::precondition_failed);
  EXPECT_EQ(await(service.remove(record->id, record->etag, caller(ada))).error().code,
            ErrorCode::precondition_failed);
}

TEST_F(AgentServiceTest, RemovingTwiceIsNoErrorAndNoSecondChange) {
  const auto id = created(R"({"name":"A","agent_type":"t"})")->id;
  ASSERT_TRUE(await(service.remove(id, {}, caller(ada))));
  const auto again = await(service.remove(id, {}, caller(ada)));
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->version, 2);
  EXPECT_EQ((*again)->status, AgentStatus::inactive);
}

TEST_F(AgentServiceTest, SuspensionIsTheAdministratorsBothWays) {
  const auto id = created(R"({"name":"A","agent_type":"t"})")->id;
  EXPECT_EQ(update(id, R"({"status":"suspended"})").error().code, ErrorCode::forbidden);
  ASSERT_TRUE(await(service.update(id, R"({"status":"suspended"})", {}, admin())));
  EXPECT_EQ(update(id, R"({"status":"active"})").error().code, ErrorCode::forbidden);
  EXPECT_EQ(await(service.remove(id, {}, caller(ada))).error().code, ErrorCode::forbidden);
  EXPECT_TRUE(update(id, R"({"description":"still editable"})"));
  EXPECT_TRUE(await(service.update(id, R"({"status":"active"})", {}, admin())));
}

TEST_F(AgentServiceTest, VerificationShowsInTheRecord) {
  const auto id = created(R"({"name":"A","agent_type":"t"})")->id;
  const auto record = await(service.mark_verified(id, "http", caller(ada))).value();
  EXPECT_EQ(member(record, "is_verified"), "true");
  EXPECT_EQ(member(record, "verified_at"), member(record, "updated_at"));
}

TEST_F(AgentServiceTest, AHeartbeatIsNotedWithoutANewVersion) {
  const auto record = created(R"({"name":"A","agent_type":"t"})");
  clock.advance(std::chrono::seconds(9));
  EXPECT_EQ(await(service.heartbeat(record->id)), clock.now());
  EXPECT_EQ(database.count(kLastSeen, {record->id.to_string()}),
            clock.now().time_since_epoch().count());
  EXPECT_EQ(database.count(kCountChanges), 1);
  EXPECT_EQ(await(service.heartbeat(AgentId::generate(random))).error().code, ErrorCode::not_found);
}

TEST_F(AgentServiceTest, AnAccountThatIsGoneCannotPublish) {
  const auto record = create(R"({"name":"A","agent_type":"t"})", UserId::generate(random));
  EXPECT_EQ(record.error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(database.count(kCountAgents), 0);
}

class AgentRaces : public testing::TestWithParam<Engine> {};

TEST_P(AgentRaces, OfManyAgentsWithOneReadableIdExactlyOneIsCreated) {
  AgentsFixture registry(GetParam());
  std::vector<Task<SharedRecord>> creations;
  for (int i = 0; i < 8; ++i) {
    auto registration =
        read_registration(R"({"name":"A","agent_type":"t","humanReadableId":"acme/only"})");
    creations.push_back(
        registry.service.create(std::move(*registration), registry.caller(registry.ada)));
  }
  int succeeded = 0;
  for (const auto& outcome : await_all(std::move(creations))) {
    if (outcome) {
      ++succeeded;
    } else {
      EXPECT_EQ(outcome.error().code, ErrorCode::conflict);
      EXPECT_EQ(outcome.error().fields.size(), 1U);
    }
  }
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(registry.database.count(kCountAgents), 1);
  EXPECT_EQ(registry.database.count(kCountChanges), 1);
}

TEST_P(AgentRaces, ParallelUpdatesOfDifferentMembersLoseNothing) {
  AgentsFixture registry(GetParam());
  const auto id = registry.create(R"({"name":"A","agent_type":"t"})").value()->id;
  std::vector<Task<SharedRecord>> updates;
  for (const auto* patch : {R"({"name":"B"})", R"({"description":"D"})"}) {
    updates.push_back(registry.service.update(id, patch, {}, registry.caller(registry.ada)));
  }
  for (const auto& outcome : await_all(std::move(updates))) EXPECT_TRUE(outcome);
  const auto record = registry.catalog.find(id);
  EXPECT_EQ(member(record, "name"), "\"B\"");
  EXPECT_EQ(member(record, "description"), "\"D\"");
  EXPECT_EQ(record->version, 3);
}

TEST_P(AgentRaces, OfParallelUpdatesWithOneIfMatchExactlyOneHolds) {
  AgentsFixture registry(GetParam());
  const auto record = registry.create(R"({"name":"A","agent_type":"t"})").value();
  std::vector<Task<SharedRecord>> updates;
  for (int i = 0; i < 4; ++i) {
    updates.push_back(registry.service.update(record->id, R"({"name":"B"})", record->etag,
                                              registry.caller(registry.ada)));
  }
  int succeeded = 0;
  for (const auto& outcome : await_all(std::move(updates))) {
    if (outcome) {
      ++succeeded;
    } else {
      EXPECT_EQ(outcome.error().code, ErrorCode::precondition_failed);
    }
  }
  EXPECT_EQ(succeeded, 1);
}

INSTANTIATE_TEST_SUITE_P(Engines, AgentRaces, testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& info) { return support::name_of(info.param); });

}  // namespace
}  // namespace sovereign::registry
