#include "registry/federation/service.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/peers_fixture.hpp"

namespace sovereign::registry {
namespace {

using support::await;
using support::Engine;
using support::kPeerToken;
using support::PeersProcess;
using testing::StartsWith;

constexpr sql::Statement kAudit{
    "test.audit", "SELECT count(*) FROM audit_log WHERE action = $1 AND subject = $2"};

class PeerServiceTest : public testing::TestWithParam<Engine>, protected support::PeersFixture {
 protected:
  PeerServiceTest() : PeersFixture(GetParam()) {}

  std::int64_t audited(std::string_view action, PeerId id) {
    return database.count(kAudit, {std::string(action), "peer:" + id.to_string()});
  }
  static PeerRequest with_tokens(std::optional<std::string> federation,
                                 std::optional<std::string> inbound = {}) {
    auto request = request_for();
    request.federation_access_token = std::move(federation);
    request.inbound_access_token = std::move(inbound);
    return request;
  }
  static std::string field_of(const Error& error) {
    return error.fields.empty() ? "" : error.fields.front().pointer;
  }
};

TEST_P(PeerServiceTest, APeerThatAnAdministratorAddsIsActiveAtOnce) {
  const auto added = add();
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_EQ(added->status, PeerStatus::active);
  EXPECT_EQ(added->approved_by, admin.id);
  ASSERT_EQ(here.peers.active()->size(), 1U);
  EXPECT_EQ(here.peers.active()->front().url, "https://eu.example.com");
  EXPECT_EQ(audited("peer.add", added->id), 1);
}

TEST_P(PeerServiceTest, ATokenThatIsLeftOutIsMadeForBothDirections) {
  const auto added = add();
  ASSERT_TRUE(added->federation_access_token);
  EXPECT_THAT(*added->federation_access_token, StartsWith("avfed_"));
  EXPECT_EQ(here.peers.active()->front().token, added->federation_access_token);
  EXPECT_EQ(here.peers.authenticate(*added->federation_access_token), added->id);
}

TEST_P(PeerServiceTest, ATokenThatIsGivenServesBothDirectionsAndIsNotShown) {
  const auto added = add(with_tokens(std::string(kPeerToken)));
  EXPECT_FALSE(added->federation_access_token);
  EXPECT_EQ(here.peers.active()->front().token, kPeerToken);
  EXPECT_EQ(here.peers.authenticate(kPeerToken), added->id);
}

TEST_P(PeerServiceTest, AnInboundTokenIsAcceptedInsteadOfThePairs) {
  const auto added = add(with_tokens(std::string(kPeerToken), "another_token_that_is_long"));
  EXPECT_EQ(here.peers.active()->front().token, kPeerToken);
  EXPECT_FALSE(here.peers.authenticate(kPeerToken));
  EXPECT_EQ(here.peers.authenticate("another_token_that_is_long"), added->id);
}

TEST_P(PeerServiceTest, NamesUrlsAndAcceptedTokensAreUnique) {
  ASSERT_TRUE(add(with_tokens(std::string(kPeerToken))));
  for (auto [name, url, pointer] :
       {std::tuple{"EUROPEAN registry", "https://other.example.com", "/name"},
        std::tuple{"Other", "https://EU.example.com:443/", "/registry_url"},
        std::tuple{"Other", "https://other.example.com", "/federation_access_token"}}) {
    auto request = request_for(name, url);
    request.federation_access_token = kPeerToken;
    if (pointer != std::string("/federation_access_token"))
      request.federation_access_token = "some_other_token_1234";
    const auto again = add(std::move(request));
    ASSERT_FALSE(again) << pointer;
    EXPECT_EQ(again.error().code, ErrorCode::conflict);
    EXPECT_EQ(field_of(again.error()), pointer);
  }
  EXPECT_EQ(here.peers.active()->size(), 1U);
}

TEST_P(PeerServiceTest, ARegistryIsNotItsOwnPeerNorAPrivateOne) {
  for (const char* url : {"https://OWN.example.com:443", "https://127.0.0.1", "http://a.example"}) {
    const auto added = add(request_for("name", url));
    ASSERT_FALSE(added) << url;
    EXPECT_EQ(field_of(added.error()), "/registry_url");
  }
}

TEST_P(PeerServiceTest, AProposalHasNoTokensUntilItIsApproved) {
  const auto proposed = propose("Harbour", "https://harbour.example.com");
  ASSERT_TRUE(proposed) << proposed.error().detail;
  EXPECT_EQ(proposed->status, PeerStatus::pending_approval);
  EXPECT_TRUE(here.peers.active()->empty());
  const auto approved = act(proposed->id, PeerAction::approve);
  ASSERT_TRUE(approved) << approved.error().detail;
  ASSERT_TRUE(approved->federation_access_token);
  EXPECT_EQ(approved->proposed_by, ada);
  EXPECT_EQ(here.peers.authenticate(*approved->federation_access_token), proposed->id);
  EXPECT_EQ(audited("peer.propose", proposed->id), 1);
  EXPECT_EQ(audited("peer.approve", proposed->id), 1);
}

TEST_P(PeerServiceTest, ADeveloperHasFiveProposalsWaitingAtMost) {
  std::optional<Peer> last;
  for (int i = 0; i < PeerStore::kMaxProposals; ++i) {
    auto proposed = propose(fmt::format("peer {}", i), fmt::format("https://{}.example.com", i));
    ASSERT_TRUE(proposed) << proposed.error().detail;
    last = *proposed;
  }
  EXPECT_EQ(propose("one more", "https://more.example.com").error().code, ErrorCode::conflict);
  ASSERT_TRUE(act(last->id, PeerAction::reject));
  EXPECT_TRUE(propose("one more", "https://more.example.com"));
}

TEST_P(PeerServiceTest, OnlyActivePeersAreKnownToRequests) {
  const auto added = add(with_tokens(std::string(kPeerToken)));
  ASSERT_TRUE(act(added->id, PeerAction::deactivate));
  EXPECT_TRUE(here.peers.active()->empty());
  EXPECT_FALSE(here.peers.authenticate(kPeerToken));
  ASSERT_TRUE(act(added->id, PeerAction::reactivate));
  EXPECT_EQ(here.peers.authenticate(kPeerToken), added->id);
  EXPECT_EQ(act(added->id, PeerAction::reactivate).error().code, ErrorCode::conflict);
  ASSERT_TRUE(await(here.service.remove(added->id, {}, admin)));
  EXPECT_TRUE(here.peers.active()->empty());
  EXPECT_EQ(await(here.service.remove(added->id, {}, admin)).error().code, ErrorCode::not_found);
  EXPECT_EQ(audited("peer.remove", added->id), 1);
}

TEST_P(PeerServiceTest, AChangeReplacesOnlyWhatItNames) {
  auto request = with_tokens(std::string(kPeerToken));
  request.description = "Agents of the continent";
  const auto added = add(std::move(request));
  const auto changed = await(here.service.update(
      added->id, {.mode = PeerMode::replicate, .tls_pin = "sha256//x"}, etag_of(*added), admin));
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(changed->description, "Agents of the continent");
  EXPECT_EQ(here.peers.active()->front().mode, PeerMode::replicate);
  EXPECT_EQ(here.peers.active()->front().tls_pin, "sha256//x");
  EXPECT_EQ(here.peers.authenticate(kPeerToken), added->id);
  EXPECT_EQ(
      await(here.service.update(added->id, {.name = "x"}, etag_of(*added), admin)).error().code,
      ErrorCode::precondition_failed);
  ASSERT_TRUE(await(here.service.update(added->id, {.tls_pin = ""}, {}, admin)));
  EXPECT_FALSE(here.peers.active()->front().tls_pin);
}

TEST_P(PeerServiceTest, NewTokensReplaceTheOldOnes) {
  const auto added = add(with_tokens(std::string(kPeerToken)));
  PeerChange change{.federation_access_token = "a_new_token_for_the_pair"};
  ASSERT_TRUE(await(here.service.update(added->id, change, {}, admin)));
  EXPECT_FALSE(here.peers.authenticate(kPeerToken));
  EXPECT_EQ(here.peers.authenticate("a_new_token_for_the_pair"), added->id);
  EXPECT_EQ(here.peers.active()->front().token, "a_new_token_for_the_pair");
}

TEST_P(PeerServiceTest, ThePublicKeyIsKeptFromTheFirstMeetingOn) {
  constexpr const char* kFirst = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  const auto added = add();
  ASSERT_TRUE(await(here.service.pin_key(added->id, kFirst)));
  ASSERT_TRUE(
      await(here.service.pin_key(added->id, "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw")));
  EXPECT_EQ(await(here.service.find(added->id))->public_key, kFirst);
  EXPECT_EQ(here.peers.active()->front().public_key, crypto::parse_ed25519_key(kFirst));
  EXPECT_EQ(audited("peer.pin_key", added->id), 1);
  PeerChange moved{.registry_url = "https://moved.example.com"};
  ASSERT_TRUE(await(here.service.update(added->id, moved, {}, admin)));
  EXPECT_FALSE(here.peers.active()->front().public_key);
}

TEST_P(PeerServiceTest, AnotherProcessWithTheSameKeyFollows) {
  PeersProcess there{*database, clock, random};
  const auto added = add(with_tokens(std::string(kPeerToken)));
  EXPECT_FALSE(there.peers.authenticate(kPeerToken));
  ASSERT_TRUE(await(there.follower.catch_up()));
  EXPECT_EQ(there.peers.authenticate(kPeerToken), added->id);
  EXPECT_EQ(*there.peers.active(), *here.peers.active());
  ASSERT_TRUE(act(added->id, PeerAction::deactivate));
  ASSERT_TRUE(await(there.follower.catch_up()));
  EXPECT_TRUE(there.peers.active()->empty());
}

TEST_P(PeerServiceTest, AProcessWithAnotherKeySaysSoAndKeepsTheOtherPeers) {
  PeersProcess there{*database, clock, random, "another federation key, 32 bytes"};
  ASSERT_TRUE(add());
  ASSERT_TRUE(await(there.service.add(request_for("Readable", "https://r.example.com"), admin)));
  EXPECT_EQ(there.peers.active()->size(), 1U);
  const auto outcome = await(there.follower.catch_up());
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().detail, testing::HasSubstr("European Registry"));
}

TEST_P(PeerServiceTest, ListsAreCutToPages) {
  for (int i = 0; i < 5; ++i) {
    clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(add(request_for(fmt::format("peer {}", i), fmt::format("https://{}.org", i))));
  }
  const auto page = await(here.service.list({}, {.skip = 2, .limit = 2}));
  ASSERT_EQ(page->items.size(), 2U);
  EXPECT_EQ(page->items[0].name, "peer 2");
  EXPECT_EQ(page->pagination.total_items, 5);
  EXPECT_EQ(page->pagination.total_pages, 3);
  EXPECT_EQ(page->pagination.current_page, 2);
  EXPECT_TRUE(await(here.service.list({.status = PeerStatus::rejected}, {}))->items.empty());
}

TEST_P(PeerServiceTest, APeerIsFoundByNameUrlOrId) {
  const auto added = add();
  for (const auto& text : {std::string("european REGISTRY"), std::string("https://EU.example.com/"),
                           added->id.to_string()}) {
    const auto found = await(here.service.find_named(text));
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(found->peer.id, added->id);
  }
  EXPECT_EQ(await(here.service.find_named("other")).error().code, ErrorCode::not_found);
}

TEST_P(PeerServiceTest, NoTokenIsInTheDatabase) {
  const auto added = add(with_tokens({}, std::string(kPeerToken)));
  std::string stored;
  static constexpr sql::Statement kRows{"test.peers",
                                        "SELECT presented_token, accepted_digest "
                                        "FROM peers"};
  static constexpr sql::Statement kDetails{"test.details", "SELECT details FROM audit_log"};
  for (const auto* statement : {&kRows, &kDetails}) {
    ASSERT_TRUE(database->scan({*statement, {}}, [&](std::span<const sql::Value> row) {
      for (const auto& value : row) stored += sql::text(value);
      return true;
    }));
  }
  EXPECT_NE(stored.find("European"), std::string::npos) << "it is the right place to look";
  EXPECT_EQ(stored.find(kPeerToken), std::string::npos);
  EXPECT_EQ(stored.find(added->federation_access_token->substr(6)), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Engines, PeerServiceTest,
                         testing::Values(Engine::sqlite, Engine::postgresql),
                         [](const auto& info) { return support::name_of(info.param); });

}  // namespace
}  // namespace sovereign::registry
