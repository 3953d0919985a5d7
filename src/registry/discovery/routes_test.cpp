#include "registry/discovery/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "json/parse.hpp"
#include "registry/agents/routes.hpp"
#include "support/agents_fixture.hpp"
#include "support/route_caller.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using support::AgentsFixture;
using support::principal_of;
using support::RouteCall;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

class DiscoveryTest : public testing::Test, protected AgentsFixture {
 protected:
  http::RouteTable table() {
    http::RouteTable routes;
    agent_routes.add_to(routes);
    discovery_routes.add_to(routes);
    return routes;
  }

  /// One agent a second, so that the order of creation is plain.
  SharedRecord add(std::string_view body, UserId owner) {
    clock.advance(std::chrono::seconds(1));
    auto record = create(body, owner);
    EXPECT_TRUE(record) << body;
    return *record;
  }
  SharedRecord add(std::string_view body) { return add(body, ada); }

  void add_some() {
    add(R"({"name":"Weather Bot","agent_type":"service","tags":["weather","nlp"],)"
        R"("capabilities":["forecast"],"pricing":{"base_price":2}})");
    add(R"({"name":"Poet","agent_type":"assistant","tags":["nlp"],"capabilities":["writing"],)"
        R"("description":"Writes about the weather.","pricing":{"base_price":0.5}})");
    add(R"({"name":"Ledger","agent_type":"service","tags":["finance"],)"
        R"("capabilities":["forecast","bookkeeping"]})",
        ben);
  }

  static json::Value document(const http::Response& response) {
    return json::parse(response.body.view()).value();
  }
  static std::vector<std::string> names(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body.view();
    std::vector<std::string> names;
    const auto answer = document(response);
    for (const auto& agent : answer.at("agents").as_array()) {
      names.emplace_back(agent.at("name").as_string());
    }
    return names;
  }
  std::vector<std::string> found(std::string query, std::optional<UserId> viewer = {}) {
    return names(call.get("/api/v1/discovery/agents?" + query,
                          viewer ? std::optional(principal_of(viewer->uuid)) : std::nullopt));
  }
  http::Response search(std::string body) {
    return call(
        {.method = Method::post, .target = "/api/v1/discovery/search", .body = std::move(body)});
  }
  static std::string pointer(const http::Response& response) {
    EXPECT_EQ(response.status, 422) << response.body.view();
    return std::string(document(response).at("errors").at(0).at("pointer").as_string());
  }

  DiscoveryService discovery{catalog, clock};
  AgentRoutes agent_routes{service, discovery, catalog};
  DiscoveryRoutes discovery_routes{discovery};
  support::RouteCaller call{table()};
};

TEST_F(DiscoveryTest, AListIsNewestFirstAndSortsByNameBothWays) {
  add_some();
  EXPECT_THAT(found(""), ElementsAre("Ledger", "Poet", "Weather Bot"));
  EXPECT_THAT(found("sort=created&order=asc"), ElementsAre("Weather Bot", "Poet", "Ledger"));
  EXPECT_THAT(found("sort=name"), ElementsAre("Ledger", "Poet", "Weather Bot"));
  EXPECT_THAT(found("sort=name&order=desc"), ElementsAre("Weather Bot", "Poet", "Ledger"));
}

TEST_F(DiscoveryTest, WordsFindAgentsAndTheNameCountsMoreThanTheDescription) {
  add_some();
  EXPECT_THAT(found("q=weather"), ElementsAre("Weather Bot", "Poet"));
  EXPECT_THAT(found("search=weather"), ElementsAre("Weather Bot", "Poet"));
  const auto answer = document(call.get("/api/v1/discovery/agents?query=wether"));
  const auto& first = answer.at("agents").at(0);
  EXPECT_GT(first.at("score").to_number<double>(), 0);
  EXPECT_EQ(first.at("matched").at(0).at("field"), "name");
  EXPECT_EQ(first.at("matched").at(0).at("term"), "wether");
  EXPECT_EQ(first.at("matched").at(0).at("found"), "weather");
  EXPECT_EQ(first.at("matched").at(0).at("kind"), "typo");
}

TEST_F(DiscoveryTest, FiltersNarrowAndCombine) {
  add_some();
  EXPECT_THAT(found("tags=nlp&tags=weather"), ElementsAre("Weather Bot"));
  EXPECT_THAT(found("tags=finance,weather&match=any"), ElementsAre("Ledger", "Weather Bot"));
  EXPECT_THAT(found("capabilities=Forecast"), ElementsAre("Ledger", "Weather Bot"));
  EXPECT_THAT(found("agent_type=assistant"), ElementsAre("Poet"));
  EXPECT_THAT(found("developer=ben"), ElementsAre("Ledger"));
  EXPECT_THAT(found("developer=" + ben.to_string()), ElementsAre("Ledger"));
  EXPECT_THAT(found("price_max=1"), ElementsAre("Poet"));
  EXPECT_THAT(found("verified=true"), IsEmpty());
  EXPECT_THAT(found("verified=false").size(), 3);
  EXPECT_THAT(found("registry=https://registry.example").size(), 3);
  EXPECT_THAT(found("registry=https://elsewhere.example"), IsEmpty());
}

TEST_F(DiscoveryTest, ATreeOfFiltersIsEvaluated) {
  add_some();
  EXPECT_THAT(names(search(R"({"filters":{"any":[{"field":"tags","value":"finance"},)"
                           R"({"all":[{"field":"price","min":1},)"
                           R"({"not":{"field":"agent_type","value":"assistant"}}]}]}})")),
              ElementsAre("Ledger", "Weather Bot"));
  EXPECT_THAT(names(search(R"({"filters":{"field":"created_at","max":"2025-06-15T15:06:42Z"}})")),
              ElementsAre("Poet", "Weather Bot"));
  EXPECT_THAT(names(search(R"({"filters":{"field":"verified","value":false},"q":"ledger"})")),
              ElementsAre("Ledger"));
}

TEST_F(DiscoveryTest, ABadTreeIsRefusedWithPointersAndWithinBounds) {
  EXPECT_EQ(pointer(search(R"({"filters":{"all":[{"field":"status","value":"x"}]}})")),
            "/filters/all/0/field");
  EXPECT_EQ(pointer(search(R"({"filters":{"field":"price"}})")), "/filters");
  EXPECT_EQ(pointer(search(R"({"filters":{"field":"tags","value":"a","min":1}})")), "/filters/min");
  EXPECT_EQ(pointer(search(R"({"filters":[]})")), "/filters");
  std::string deep = R"({"field":"tags","value":"x"})";
  for (int i = 0; i < 6; ++i) deep = R"({"not":)" + deep + "}";
  EXPECT_EQ(pointer(search(R"({"filters":)" + deep + "}")), "/filters/not/not/not/not/not/not");
  std::string wide = R"({"field":"tags","value":"x"})";
  for (int i = 0; i < 64; ++i) wide += R"(,{"field":"tags","value":"x"})";
  EXPECT_EQ(search(R"({"filters":{"any":[)" + wide + "]}}").status, 422);
  EXPECT_EQ(pointer(search(R"({"filter":{}})")), "/filter");
}

TEST_F(DiscoveryTest, ACursorWalksAllPagesOnceWhileAgentsComeAndGo) {
  for (int i = 0; i < 25; ++i) {
    add(R"({"name":"Agent","agent_type":"t","humanReadableId":"walk-)" + std::to_string(i) + "\"}");
  }
  for (const std::string sort : {"created", "name", "updated"}) {
    std::multiset<std::string> seen;
    std::string target = "/api/v1/agents?per_page=10&sort=" + sort;
    int pages = 0;
    while (!target.empty() && pages < 9) {
      const auto answer = document(call.get(target));
      EXPECT_EQ(answer.at("pagination").at("page").as_int64(), ++pages);
      for (const auto& agent : answer.at("agents").as_array()) {
        seen.emplace(agent.at("humanReadableId").as_string());
      }
      const auto* next = answer.at("pagination").as_object().if_contains("next_cursor");
      target = next == nullptr ? std::string()
                               : "/api/v1/agents?per_page=10&sort=" + sort +
                                     "&cursor=" + std::string(next->as_string());
      if (pages == 1) add(R"({"name":"Agent","agent_type":"t"})");
    }
    for (int i = 0; i < 25; ++i) EXPECT_EQ(seen.count("walk-" + std::to_string(i)), 1U) << sort;
  }
}

TEST_F(DiscoveryTest, ACursorOfAnotherQueryOrGarbageIsRefused) {
  add_some();
  const auto answer = document(call.get("/api/v1/agents?per_page=1&sort=name"));
  const auto cursor = std::string(answer.at("pagination").at("next_cursor").as_string());
  EXPECT_THAT(names(call.get("/api/v1/agents?per_page=2&sort=name&cursor=" + cursor)),
              ElementsAre("Poet", "Weather Bot"));
  EXPECT_EQ(pointer(call.get("/api/v1/agents?sort=name&tags=nlp&cursor=" + cursor)), "?cursor");
  EXPECT_EQ(pointer(call.get("/api/v1/agents?sort=created&cursor=" + cursor)), "?cursor");
  EXPECT_EQ(pointer(call.get("/api/v1/agents?sort=name&cursor=x" + cursor)), "?cursor");
  EXPECT_EQ(pointer(call.get("/api/v1/agents?cursor=zzzz")), "?cursor");
}

TEST_F(DiscoveryTest, TheNextPageIsLinked) {
  add_some();
  const auto response = call.get("/api/v1/agents?page=1&per_page=2&sort=name");
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(response.headers[0].name, "Link");
  const auto& link = response.headers[0].value;
  EXPECT_THAT(link, HasSubstr("rel=\"next\""));
  EXPECT_THAT(names(call.get(link.substr(1, link.find('>') - 1))), ElementsAre("Weather Bot"));
  EXPECT_TRUE(call.get("/api/v1/agents?page=2&per_page=2").headers.empty());
}

TEST_F(DiscoveryTest, PagesSayHowManyThereAreAndOneBehindTheLastIsEmpty) {
  add_some();
  const auto answer = document(call.get("/api/v1/agents?page=9&per_page=2"));
  EXPECT_TRUE(answer.at("agents").as_array().empty());
  EXPECT_EQ(answer.at("pagination").at("total").as_int64(), 3);
  EXPECT_EQ(answer.at("pagination").at("pages").as_int64(), 2);
  EXPECT_EQ(pointer(call.get("/api/v1/agents?per_page=101")), "?per_page");
  EXPECT_EQ(pointer(call.get("/api/v1/agents?page=0")), "?page");
  EXPECT_EQ(pointer(call.get("/api/v1/agents?page=99999999999")), "?page");
}

TEST_F(DiscoveryTest, HiddenAgentsAreListedToTheirPublisherAndToAdministratorsOnly) {
  const auto gone = add(R"({"name":"Gone","agent_type":"t"})");
  const auto old = add(R"({"name":"Old","agent_type":"t","status":"deprecated"})");
  add(R"({"name":"Live","agent_type":"t"})");
  ASSERT_TRUE(support::await(service.remove(gone->id, {}, caller(ada))));
  EXPECT_THAT(found(""), ElementsAre("Live"));
  EXPECT_THAT(found("status=deprecated"), ElementsAre("Old"));
  EXPECT_THAT(found("status=inactive"), IsEmpty());
  EXPECT_THAT(found("status=inactive", ben), IsEmpty());
  EXPECT_THAT(found("status=inactive", ada), ElementsAre("Gone"));
  auto admin = principal_of(ben.uuid);
  admin.is_admin = true;
  EXPECT_THAT(names(call.get("/api/v1/agents?status=inactive", admin)), ElementsAre("Gone"));
  EXPECT_EQ(call.get("/api/v1/agents/" + gone->id.to_string()).status, 200);
}

TEST_F(DiscoveryTest, OnesOwnAgentsAreListedInEveryStatusAndOnlyWhenSignedIn) {
  const auto gone = add(R"({"name":"Gone","agent_type":"t"})");
  add(R"({"name":"Live","agent_type":"t"})");
  add(R"({"name":"Other","agent_type":"t"})", ben);
  ASSERT_TRUE(support::await(service.remove(gone->id, {}, caller(ada))));
  EXPECT_THAT(names(call.get("/api/v1/agents?owned_only=true", principal_of(ada.uuid))),
              ElementsAre("Live", "Gone"));
  EXPECT_EQ(call.get("/api/v1/agents?owned_only=true").status, 401);
  auto agent = principal_of(gone->id.uuid);
  agent.kind = http::PrincipalKind::agent;
  EXPECT_EQ(call.get("/api/v1/agents?owned_only=true", agent).status, 401);
}

TEST_F(DiscoveryTest, FacetsCountTheValuesOfAllMatches) {
  add_some();
  const auto answer =
      document(call.get("/api/v1/discovery/agents?facets=tags,agent_type&per_page=1"));
  const auto& tags = answer.at("facets").at("tags").as_array();
  EXPECT_EQ(tags.at(0).at("value"), "nlp");
  EXPECT_EQ(tags.at(0).at("count").as_int64(), 2);
  EXPECT_EQ(answer.at("facets").at("agent_type").at(0).at("value"), "service");
  EXPECT_EQ(pointer(call.get("/api/v1/discovery/agents?facets=name")), "?facets");
}

TEST_F(DiscoveryTest, FieldsSelectMembersAndTheCardOnlyComesWhenAskedFor) {
  add(R"({"agent_type":"t","card":{"name":"A, \"quoted\"","x":[1,{"y":2}]}})");
  EXPECT_THAT(
      call.get("/api/v1/agents?fields=name,card,status").body.view(),
      testing::StartsWith(R"({"agents":[{"name":"A, \"quoted\"","status":"active",)"
                          R"("card":{"name":"A, \"quoted\"","x":[1,{"y":2}]}}],"pagination")"));
  const auto plain = document(call.get("/api/v1/agents"));
  EXPECT_FALSE(plain.at("agents").at(0).as_object().contains("card"));
  EXPECT_TRUE(plain.at("agents").at(0).as_object().contains("card_digest"));
  const auto scored = document(call.get("/api/v1/discovery/agents?fields=score"));
  EXPECT_EQ(scored.at("agents").at(0).as_object().size(), 1U);
  EXPECT_EQ(pointer(call.get("/api/v1/agents?fields=name,secret")), "?fields");
}

TEST_F(DiscoveryTest, AnEntityTagAnswersWithoutSearchingUntilSomethingChanges) {
  add_some();
  for (const std::string target : {"/api/v1/agents?q=poet", "/api/v1/discovery/agents?q=poet"}) {
    const auto first = call.get(target);
    ASSERT_FALSE(first.etag.empty());
    const auto known = [&] {
      return call({.target = target, .headers = {{"If-None-Match", first.etag}}});
    };
    EXPECT_EQ(known().status, 304);
    EXPECT_TRUE(known().body.view().empty());
    EXPECT_NE(call.get(target + "&page=2").etag, first.etag);
    EXPECT_NE(call.get(target, principal_of(ada.uuid)).etag, first.etag);
    add(R"({"name":"New","agent_type":"t"})");
    EXPECT_EQ(known().status, 200);
  }
}

TEST_F(DiscoveryTest, TheAnswerSaysThatNoPeerWasAsked) {
  const auto answer = document(call.get("/api/v1/discovery/agents?include_federated=true"));
  const auto& status = answer.at("federation_status");
  EXPECT_EQ(status.at("peers_queried").as_int64(), 0);
  EXPECT_TRUE(status.at("peers").as_array().empty());
  EXPECT_TRUE(status.at("query_time_ms").is_number());
}

TEST_F(DiscoveryTest, ModesThatAreNotBuiltSaySo) {
  EXPECT_EQ(pointer(call.get("/api/v1/discovery/agents?mode=semantic")), "?mode");
  EXPECT_EQ(pointer(search(R"({"mode":"hybrid"})")), "/mode");
  EXPECT_EQ(pointer(call.get("/api/v1/discovery/agents?q=" + std::string(600, 'a'))), "?q");
}

TEST_F(DiscoveryTest, CapabilitiesAreCountedOverActiveAgentsMostFrequentFirst) {
  add_some();
  const auto hidden = add(R"({"name":"H","agent_type":"t","capabilities":["hidden"]})");
  ASSERT_TRUE(support::await(service.remove(hidden->id, {}, caller(ada))));
  const auto answer = document(call.get("/api/v1/discovery/capabilities"));
  EXPECT_EQ(answer.at("pagination").at("total").as_int64(), 3);
  EXPECT_EQ(answer.at("capabilities").at(0).at("name"), "forecast");
  EXPECT_EQ(answer.at("capabilities").at(0).at("local").as_int64(), 2);
  EXPECT_EQ(answer.at("capabilities").at(0).at("federated").as_int64(), 0);
  const auto filtered = document(call.get("/api/v1/discovery/capabilities?q=B"));
  EXPECT_EQ(filtered.at("capabilities").as_array().size(), 1U);
  const auto second = document(call.get("/api/v1/discovery/capabilities?page=2&per_page=2"));
  EXPECT_EQ(second.at("capabilities").as_array().size(), 1U);
}

}  // namespace
}  // namespace sovereign::registry
