#include "registry/federation/federated_routes.hpp"

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "registry/agents/routes.hpp"
#include "registry/discovery/routes.hpp"
#include "registry/federation/query_routes.hpp"
#include "support/agents_fixture.hpp"
#include "support/route_caller.hpp"
#include "support/scripted_server.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using support::AgentsFixture;
using support::ok_response;
using support::RouteCall;
using support::ScriptedConnection;
using support::ScriptedServer;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

/// A peer that gives the same answer to every query.
class FixedPeer {
 public:
  explicit FixedPeer(std::string answer)
      : answer_(std::move(answer)),
        server_([this](ScriptedConnection& connection) { return serve(connection); }) {}
  std::string url() const { return fmt::format("http://127.0.0.1:{}", server_.port()); }
  int asked() const { return asked_; }

 private:
  awaitable<void> serve(ScriptedConnection& connection) {
    for (;;) {
      co_await connection.read_request();
      ++asked_;
      co_await connection.write(answer_);
    }
  }

  const std::string answer_;
  std::atomic<int> asked_ = 0;
  ScriptedServer server_;
};

std::string agent(int number, std::string_view name, std::string_view more = {}) {
  return fmt::format(
      R"({{"id":"550e8400-e29b-41d4-a716-4466554400{:02}","name":"{}","agent_type":"service"{}}})",
      number, name, more);
}

std::string answer_of(std::string_view items) {
  return ok_response(fmt::format(R"({{"items":[{}]}})", items));
}

class FederatedRoutesTest : public testing::Test, protected AgentsFixture {
 protected:
  http::RouteTable table() {
    http::RouteTable routes;
    agent_routes.add_to(routes);
    discovery_routes.add_to(routes);
    query_routes.add_to(routes);
    federated_routes.extend(routes);
    return routes;
  }

  void add_peer(std::string name, std::string url) {
    ActivePeer peer{.id = PeerId::generate(random),
                    .name = std::move(name),
                    .url = std::move(url),
                    .token = "token-of-the-pair-0123456789"};
    peer.accepted = key.token_digest(peer.token);
    known.push_back(std::move(peer));
    peers.replace(known);
  }

  json::Value ask(std::string target) {
    const auto response = call.get(std::move(target));
    EXPECT_EQ(response.status, 200) << response.body.view();
    return json::parse(response.body.view()).value();
  }
  static std::vector<std::string> names(const json::Value& page) {
    std::vector<std::string> names;
    for (const auto& each : page.at("agents").as_array()) {
      names.emplace_back(each.at("name").as_string());
    }
    return names;
  }
  /// "name: status" of each peer.
  static std::vector<std::string> rows(const json::Value& page) {
    std::vector<std::string> rows;
    for (const auto& peer : page.at("federation_status").at("peers").as_array()) {
      rows.push_back(fmt::format("{}: {}{}", peer.at("name").as_string().c_str(),
                                 peer.at("status").as_string().c_str(),
                                 peer.at("cached").as_bool() ? " (cached)" : ""));
    }
    return rows;
  }

  FederationKey key{"0123456789abcdef0123456789abcdef"};
  Peers peers{key};
  std::vector<ActivePeer> known;
  http::Client client;
  telemetry::Metrics metrics;
  http::LocalRateLimiter limiter{{{"federation.query", {2, 1min}}}, clock};
  DiscoveryService discovery{catalog, clock};
  FanOut fan_out{{client, peers, clock, random, metrics},
                 {.deadline = 1s,
                  .max_results = 10,
                  .max_bytes = 64 * 1024,
                  .addresses = PeerAddresses::any,
                  .own_url = "https://registry.example"}};
  FederatedSearch search{discovery, fan_out, random};
  AgentRoutes agent_routes{service, discovery, catalog};
  DiscoveryRoutes discovery_routes{discovery};
  PeerQueryRoutes query_routes{discovery, peers, limiter};
  PeerCapabilities peer_capabilities{client, peers, fan_out.options()};
  FederatedRoutes federated_routes{search, discovery, peer_capabilities};
  const support::RouteCaller call{table()};
};

constexpr const char* kSearch = "/api/v1/discovery/agents?q=weather&include_federated=true";

TEST_F(FederatedRoutesTest, RanksTheAgentsOfAllRegistriesAsOne) {
  ASSERT_TRUE(create(R"({"name":"Weather Station North","agent_type":"service"})"));
  const FixedPeer east(answer_of(agent(1, "Weather") + "," + agent(2, "Weather Bot")));
  const FixedPeer west(answer_of(agent(3, "Ledger") + "," + agent(4, "A long name for weather")));
  add_peer("East", east.url());
  add_peer("West", west.url());
  const auto page = ask(kSearch);
  EXPECT_THAT(names(page), ElementsAre("Weather", "Weather Bot", "Weather Station North",
                                       "A long name for weather"));
  EXPECT_THAT(rows(page), ElementsAre("East: ok", "West: ok"));
  EXPECT_EQ(page.at("pagination").at("total"), 4);
  const auto& status = page.at("federation_status");
  EXPECT_EQ(status.at("peers_queried"), 2);
  EXPECT_EQ(status.at("peers_responded"), 2);
  const auto& first = page.at("agents").as_array().at(0);
  EXPECT_EQ(first.at("is_federated"), true);
  EXPECT_EQ(first.at("origin_registry_name"), "East");
  EXPECT_EQ(first.at("registry_url"), json::Value(east.url()));
  EXPECT_EQ(first.at("staleness_seconds"), 0);
  EXPECT_EQ(first.at("did"), "did:agentvault:550e8400-e29b-41d4-a716-446655440001");
  EXPECT_GT(first.at("score").to_number<double>(), 0);
}

TEST_F(FederatedRoutesTest, WithoutTheWordNobodyIsAsked) {
  ASSERT_TRUE(create(R"({"name":"Weather","agent_type":"service"})"));
  const FixedPeer peer(answer_of(agent(1, "Weather")));
  add_peer("East", peer.url());
  for (const char* query : {"q=weather", "q=weather&include_federated=false"}) {
    const auto response = call.get(std::string("/api/v1/discovery/agents?") + query);
    EXPECT_EQ(response.status, 200);
    EXPECT_FALSE(response.etag.empty());
  }
  const auto body = call({.method = http::Method::post,
                          .target = "/api/v1/discovery/search",
                          .body = R"({"query":"weather","include_federated":false})",
                          .headers = {{"Content-Type", "application/json"}}});
  EXPECT_EQ(body.status, 200);
  EXPECT_EQ(peer.asked(), 0);
}

TEST_F(FederatedRoutesTest, ListsAndSearchesWithABodyIncludePeersToo) {
  const FixedPeer peer(
      answer_of(agent(1, "Weather", R"(,"tags":["sun"])") + "," + agent(2, "Weather Two")));
  add_peer("East", peer.url());
  EXPECT_THAT(names(ask("/api/v1/agents?include_federated=true&sort=name")),
              ElementsAre("Weather", "Weather Two"));
  const auto response =
      call({.method = http::Method::post,
            .target = "/api/v1/discovery/search",
            .body = R"({"query":"weather","include_federated":true,"facets":["tags"],)"
                    R"("filters":{"field":"tags","value":"sun"}})",
            .headers = {{"Content-Type", "application/json"}}});
  EXPECT_EQ(response.status, 200) << response.body.view();
  const auto page = json::parse(response.body.view()).value();
  EXPECT_THAT(names(page), ElementsAre("Weather"));
  EXPECT_EQ(page.at("facets").at("tags").as_array().at(0).at("count"), 1);
}

TEST_F(FederatedRoutesTest, OurOwnAgentAndTheEarlierPeersCopyWin) {
  const auto ours = create(R"({"name":"Weather","agent_type":"service"})");
  ASSERT_TRUE(ours);
  const auto copy = fmt::format(R"({{"id":"{}","name":"Weather impostor","agent_type":"service"}})",
                                (*ours)->id.to_string());
  const FixedPeer east(answer_of(copy + "," + agent(1, "Weather East")));
  const FixedPeer west(answer_of(agent(1, "Weather West")));
  add_peer("East", east.url());
  add_peer("West", west.url());
  EXPECT_THAT(names(ask(kSearch)), UnorderedElementsAre("Weather", "Weather East"));
}

TEST_F(FederatedRoutesTest, ABadPeerChangesNothingButItsOwnRow) {
  const FixedPeer good(answer_of(agent(1, "Weather")));
  const FixedPeer garbage(ok_response("<html>"));
  const FixedPeer refusing("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  const FixedPeer limiting("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n");
  const FixedPeer failing("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
  const FixedPeer redirecting(
      "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n");
  const FixedPeer huge(ok_response(std::string(100'000, ' ')));
  ScriptedServer silent([](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    co_await connection.wait_closed();
  });
  std::string dead_url;
  {
    const FixedPeer dead("");
    dead_url = dead.url();
  }
  add_peer("dead", dead_url);
  add_peer("failing", failing.url());
  add_peer("garbage", garbage.url());
  add_peer("good", good.url());
  add_peer("huge", huge.url());
  add_peer("limiting", limiting.url());
  add_peer("redirecting", redirecting.url());
  add_peer("refusing", refusing.url());
  add_peer("silent", silent.url(""));
  const auto page = ask(kSearch);
  EXPECT_THAT(names(page), ElementsAre("Weather"));
  EXPECT_THAT(rows(page),
              ElementsAre("dead: unreachable", "failing: failed", "garbage: invalid", "good: ok",
                          "huge: too_large", "limiting: limited", "redirecting: failed",
                          "refusing: refused", "silent: timed_out"));
  EXPECT_EQ(page.at("federation_status").at("peers_responded"), 1);
}

TEST_F(FederatedRoutesTest, AnAnswerServesForAWhileAndOldAnswersWhileTheyAreRenewed) {
  const FixedPeer peer(answer_of(agent(1, "Weather")));
  add_peer("East", peer.url());
  EXPECT_THAT(rows(ask(kSearch)), ElementsAre("East: ok"));
  clock.advance(299s);
  const auto cached = ask(kSearch);
  EXPECT_THAT(rows(cached), ElementsAre("East: ok (cached)"));
  EXPECT_EQ(cached.at("agents").as_array().at(0).at("staleness_seconds"), 299);
  EXPECT_EQ(peer.asked(), 1);
  clock.advance(2s);
  EXPECT_THAT(rows(ask(kSearch)), ElementsAre("East: stale (cached)"));
  EXPECT_EQ(peer.asked(), 2);  // The loop of the call ran until the refresh had ended.
  EXPECT_THAT(rows(ask(kSearch)), ElementsAre("East: ok (cached)"));
  EXPECT_EQ(peer.asked(), 2);
}

TEST_F(FederatedRoutesTest, ACallerMayWantFresherAnswers) {
  const FixedPeer peer(answer_of(agent(1, "Weather")));
  add_peer("East", peer.url());
  ask(kSearch);
  clock.advance(100s);
  EXPECT_THAT(rows(ask(std::string(kSearch) + "&max_staleness=100")),
              ElementsAre("East: ok (cached)"));
  EXPECT_THAT(rows(ask(std::string(kSearch) + "&max_staleness=99")), ElementsAre("East: ok"));
  EXPECT_THAT(rows(ask(std::string(kSearch) + "&force_refresh=true")), ElementsAre("East: ok"));
  EXPECT_EQ(peer.asked(), 3);
}

TEST_F(FederatedRoutesTest, APeerThatKeepsFailingIsLeftAloneForAWhile) {
  const FixedPeer peer("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
  add_peer("East", peer.url());
  for (int i = 0; i < 3; ++i) EXPECT_THAT(rows(ask(kSearch)), ElementsAre("East: failed"));
  EXPECT_THAT(rows(ask(kSearch)), ElementsAre("East: paused"));
  EXPECT_EQ(peer.asked(), 3);
  EXPECT_TRUE(metrics.expose().contains(R"(federation_peer_health{peer_name="East"} 0)"));
  clock.advance(1s);
  EXPECT_THAT(rows(ask(kSearch)), ElementsAre("East: failed"));
  EXPECT_EQ(peer.asked(), 4);
}

TEST_F(FederatedRoutesTest, APeerThatIsRemovedMeanwhileShowsNothing) {
  ScriptedServer server([this](ScriptedConnection& connection) -> awaitable<void> {
    co_await connection.read_request();
    peers.replace({});
    const auto answer = answer_of(agent(1, "Weather"));
    co_await connection.write(answer);
    co_await connection.wait_closed();
  });
  add_peer("East", server.url(""));
  const auto page = ask(kSearch);
  EXPECT_THAT(names(page), ElementsAre());
  EXPECT_THAT(rows(page), ElementsAre("East: removed"));
}

TEST_F(FederatedRoutesTest, PagesFitTogetherWhateverPeersSayMeanwhile) {
  auto peer = std::make_unique<FixedPeer>(
      answer_of(agent(1, "Weather A") + "," + agent(2, "Weather B") + "," + agent(3, "Weather C")));
  add_peer("East", peer->url());
  ASSERT_TRUE(create(R"({"name":"Weather D","agent_type":"service"})"));
  std::vector<std::string> seen;
  std::string target = std::string(kSearch) + "&per_page=1&force_refresh=true";
  std::string cursor;
  for (int i = 0; i < 4; ++i) {
    const auto page = ask(target + cursor);
    seen.push_back(names(page).at(0));
    if (i == 0) peer.reset();  // Gone: the kept set serves the rest.
    const auto* next = page.at("pagination").as_object().if_contains("next_cursor");
    ASSERT_EQ(next != nullptr, i < 3);
    if (next != nullptr) cursor = fmt::format("&cursor={}", next->as_string().c_str());
  }
  EXPECT_THAT(seen, UnorderedElementsAre("Weather A", "Weather B", "Weather C", "Weather D"));
  clock.advance(10min);  // The set is gone: the page is made anew, without the dead peer.
  const auto page = ask(target + cursor);
  EXPECT_THAT(rows(page), ElementsAre("East: unreachable"));
}

TEST_F(FederatedRoutesTest, OneRegistryAloneCanBeSearched) {
  ASSERT_TRUE(create(R"({"name":"Weather Ours","agent_type":"service"})"));
  const FixedPeer east(answer_of(agent(1, "Weather East")));
  const FixedPeer west(answer_of(agent(2, "Weather West")));
  add_peer("East", east.url());
  add_peer("West", west.url());
  EXPECT_THAT(names(ask(std::string(kSearch) + "&registry=" + west.url())),
              ElementsAre("Weather West"));
  EXPECT_EQ(east.asked(), 0);
  EXPECT_THAT(names(ask(std::string(kSearch) + "&registry=https://registry.example")),
              ElementsAre("Weather Ours"));
}

TEST_F(FederatedRoutesTest, CapabilitiesAreCountedOverAllRegistries) {
  ASSERT_TRUE(create(R"({"name":"A","agent_type":"service","capabilities":["nlp","Tides"]})"));
  const FixedPeer east(ok_response(
      R"({"capabilities":[{"name":"tides","local":4,"federated":9},{"name":"maps","local":2},)"
      R"({"name":"nlp","local":-1},{"name":7,"local":1},{"name":"a\u202eb","local":1}]})"));
  const FixedPeer garbage(ok_response("<html>"));
  add_peer("East", east.url());
  add_peer("garbage", garbage.url());
  const auto before = call.get("/api/v1/discovery/capabilities");
  EXPECT_FALSE(before.etag.empty());
  ASSERT_TRUE(support::await(peer_capabilities.refresh()));
  const auto page = ask("/api/v1/discovery/capabilities?per_page=2");
  EXPECT_EQ(page.at("capabilities"), json::parse(R"([{"name":"Tides","local":1,"federated":4},)"
                                                 R"({"name":"maps","local":0,"federated":2}])")
                                         .value());
  EXPECT_EQ(page.at("pagination").at("total"), 3);
  EXPECT_EQ(ask("/api/v1/discovery/capabilities?q=TI").at("capabilities").as_array().size(), 1U);
  peers.replace({});
  ASSERT_TRUE(support::await(peer_capabilities.refresh()));
  EXPECT_FALSE(call.get("/api/v1/discovery/capabilities").etag.empty());
}

TEST_F(FederatedRoutesTest, AnswersPeersWithOurOwnActiveAgentsOnly) {
  ASSERT_TRUE(create(R"({"name":"Weather","agent_type":"service","tags":["nlp"]})"));
  ASSERT_TRUE(create(R"({"name":"Hidden","agent_type":"service","status":"inactive"})"));
  const FixedPeer east(answer_of(agent(1, "Weather East")));
  add_peer("East", east.url());
  const std::string bearer = "Bearer " + known.front().token;
  RouteCall query{.method = http::Method::post,
                  .target = "/api/v1/internal/federation/query",
                  .body = R"({"search":"weather","tags":["nlp"],"limit":10})",
                  .headers = {{"Authorization", bearer}, {"Content-Type", "application/json"}}};
  const auto response = call(query);
  ASSERT_EQ(response.status, 200) << response.body.view();
  const auto page = json::parse(response.body.view()).value();
  EXPECT_EQ(page.at("items").as_array().size(), 1U);
  EXPECT_EQ(page.at("items").as_array().at(0).at("origin_registry_name"), "Local");
  EXPECT_EQ(page.at("pagination").at("total_items"), 1);
  EXPECT_EQ(east.asked(), 0);

  query.target = "/internal/federation/query?search=weather&tags=none&limit=5";
  query.body = {};
  query.headers.pop_back();
  const auto by_arguments = call(query);
  ASSERT_EQ(by_arguments.status, 200) << by_arguments.body.view();
  EXPECT_TRUE(json::parse(by_arguments.body.view())->at("items").as_array().empty());
  EXPECT_EQ(call(query).status, 429);
}

TEST_F(FederatedRoutesTest, AnswersNobodyWithoutAPairsToken) {
  for (const std::string_view credential : {"", "Bearer ", "Bearer wrong", "Basic x"}) {
    RouteCall query{.method = http::Method::post, .target = "/api/v1/internal/federation/query"};
    if (!credential.empty()) query.headers = {{"Authorization", credential}};
    EXPECT_EQ(call(query).status, 401) << credential;
  }
}

}  // namespace
}  // namespace sovereign::registry
