#include "registry/identity/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/encoding.hpp"
#include "json/parse.hpp"
#include "registry/identity/challenge.hpp"
#include "support/agents_fixture.hpp"
#include "support/ed25519.hpp"
#include "support/route_caller.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;
using http::Method;
using support::await;
using testing::ElementsAre;
using testing::HasSubstr;

/// The world as a test makes it: pages by URL, records by name.
class FakeProbe final : public OwnershipProbe {
 public:
  Task<std::string> fetch(std::string url) override {
    if (const auto page = pages.find(url); page != pages.end()) co_return page->second;
    co_return base::fail(ErrorCode::unprocessable, "The endpoint answered with status 404.");
  }
  Task<std::vector<std::string>> txt_records(std::string name) override { co_return records[name]; }

  std::map<std::string, std::string> pages;
  std::map<std::string, std::vector<std::string>> records;
};

class IdentityTest : public testing::Test, protected support::AgentsFixture {
 protected:
  IdentityTest() : call(table()) {
    agent = create(R"({"name":"W","agent_type":"t","api_endpoints":["https://a.example/v1"],)"
                   R"("metadata":{"public_key_jwk":{"kty":"OKP","crv":"Ed25519","x":")" +
                   std::string(support::kPublicKeyX) + R"("}}})")
                .value()
                ->id;
  }

  http::RouteTable table() {
    http::RouteTable routes;
    identity_routes.add_to(routes);
    return routes;
  }
  http::Response verify(std::string body = {}, std::optional<UserId> who = {}) {
    return call({Method::post, "/api/v1/agents/" + agent.to_string() + "/verify", std::move(body),
                 support::principal_of(who.value_or(ada).uuid)});
  }
  json::Value open_challenge() {
    const auto response = verify();
    EXPECT_EQ(response.status, 200) << response.body.view();
    return json::parse(response.body.view()).value();
  }
  static std::string text_of(const json::Value& document, std::string_view name) {
    return std::string(std::string_view(document.at(name).as_string()));
  }
  http::Response check(const json::Value& challenge, std::string_view rest) {
    return verify(R"({"challenge_id":")" + text_of(challenge, "challenge_id") + "\"," +
                  std::string(rest) + "}");
  }
  /// Member `name` of the step of this method.
  static std::string step(const json::Value& challenge, std::string_view method,
                          std::string_view name) {
    for (const auto& item : challenge.at("methods").as_array()) {
      if (item.at("method").as_string() == method) return text_of(item, name);
    }
    return {};
  }
  bool is_verified() const {
    return json::raw_member(catalog.find(agent)->json, "is_verified") == "true";
  }

  FakeProbe probe;
  IdentityService identity{{*database, clock, random, service, catalog, probe}};
  IdentityRoutes identity_routes{identity, catalog};
  support::RouteCaller call;
  AgentId agent;
};

TEST_F(IdentityTest, AChallengeSaysExactlyWhatToPutWhere) {
  const auto challenge = open_challenge();
  const auto token = text_of(challenge, "token");
  EXPECT_EQ(token.size(), 43U);
  EXPECT_EQ(text_of(challenge, "status"), "challenge");
  EXPECT_EQ(step(challenge, "http", "where"),
            "https://a.example/.well-known/agentvault-challenge/" + token);
  EXPECT_EQ(step(challenge, "http", "value"), token);
  EXPECT_EQ(step(challenge, "dns", "where"), "_agentvault.a.example");
  EXPECT_EQ(step(challenge, "dns", "value"), "agentvault-challenge=" + token);
  EXPECT_EQ(step(challenge, "signature", "value"),
            "agentvault-challenge:did:agentvault:" + agent.to_string() + ":" + token);
}

TEST_F(IdentityTest, AFileAtTheEndpointsOriginVerifiesTheAgent) {
  const auto challenge = open_challenge();
  EXPECT_EQ(check(challenge, R"("method":"http")").status, 422);
  EXPECT_FALSE(is_verified());
  probe.pages[step(challenge, "http", "where")] = text_of(challenge, "token") + "\n";
  const auto version = catalog.find(agent)->version;
  const auto response = check(challenge, R"("method":"http","endpoint":"https://A.example/")");
  EXPECT_EQ(response.status, 200) << response.body.view();
  EXPECT_THAT(std::string(response.body.view()), HasSubstr(R"("status":"verified")"));
  EXPECT_THAT(std::string(response.body.view()), HasSubstr(base::to_rfc3339(clock.now())));
  EXPECT_TRUE(is_verified());
  EXPECT_EQ(catalog.find(agent)->version, version + 1);
  EXPECT_EQ(check(challenge, R"("method":"http")").status, 404);
}

TEST_F(IdentityTest, APageThatShowsMoreThanTheTokenProvesNothing) {
  const auto challenge = open_challenge();
  const auto url = step(challenge, "http", "where");
  probe.pages[url] = "Not found: " + url;
  EXPECT_EQ(check(challenge, R"("method":"http")").status, 422);
  EXPECT_FALSE(is_verified());
}

TEST_F(IdentityTest, ATxtRecordOfTheHostVerifiesTheAgent) {
  const auto challenge = open_challenge();
  probe.records["_agentvault.a.example"] = {"v=spf1 -all"};
  EXPECT_EQ(check(challenge, R"("method":"dns")").status, 422);
  probe.records["_agentvault.a.example"].push_back(step(challenge, "dns", "value"));
  EXPECT_EQ(check(challenge, R"("method":"dns")").status, 200);
  EXPECT_TRUE(is_verified());
}

TEST_F(IdentityTest, ASignatureByTheAgentsKeyVerifiesTheAgent) {
  const auto challenge = open_challenge();
  const auto good = support::sign_ed25519(step(challenge, "signature", "value"));
  EXPECT_EQ(check(challenge, R"("method":"signature")").status, 422);
  EXPECT_EQ(check(challenge, R"("method":"signature","signature":")" +
                                 support::sign_ed25519(text_of(challenge, "token")) + "\"")
                .status,
            422);
  EXPECT_EQ(check(challenge, R"("method":"signature","signature":")" + good + "\"").status, 200);
  EXPECT_TRUE(is_verified());
}

TEST_F(IdentityTest, OnlyEndpointsOfTheAgentAreAsked) {
  const auto challenge = open_challenge();
  for (const char* endpoint : {"https://b.example/", "https://a.example:8443/", "nonsense"}) {
    EXPECT_EQ(
        check(challenge, R"("method":"http","endpoint":")" + std::string(endpoint) + "\"").status,
        422)
        << endpoint;
  }
}

TEST_F(IdentityTest, AChallengeIsForOneAgentForADayAndReplacedByTheNext) {
  const auto first = open_challenge();
  probe.pages[step(first, "http", "where")] = text_of(first, "token");
  const auto second = open_challenge();
  EXPECT_EQ(check(first, R"("method":"http")").status, 404);
  probe.pages[step(second, "http", "where")] = text_of(second, "token");
  const auto owner = std::exchange(agent, create(R"({"name":"X","agent_type":"t",)"
                                                 R"("api_endpoints":["https://a.example/"]})")
                                              .value()
                                              ->id);
  EXPECT_EQ(check(second, R"("method":"http")").status, 404);
  agent = owner;
  clock.advance(24h);
  EXPECT_EQ(check(second, R"("method":"http")").status, 422);
}

TEST_F(IdentityTest, OnlyThePublisherVerifiesAnAgent) {
  EXPECT_EQ(verify({}, ben).status, 403);
  agent = AgentId::generate(random);
  EXPECT_EQ(verify().status, 404);
}

TEST_F(IdentityTest, AnAgentWithoutEndpointAndKeyHasNothingToVerify) {
  agent = create(R"({"name":"X","agent_type":"t"})").value()->id;
  EXPECT_EQ(verify().status, 422);
}

TEST_F(IdentityTest, TheVerificationLapsesWithTheProvedEndpoint) {
  const auto challenge = open_challenge();
  probe.records["_agentvault.a.example"] = {text_of(challenge, "token")};
  ASSERT_EQ(check(challenge, R"("method":"dns")").status, 200);
  const auto update = [&](std::string patch) {
    return await(service.update(agent, std::move(patch), "", caller(ada)));
  };
  ASSERT_TRUE(update(R"({"api_endpoints":["https://b.example/","https://a.example/v2"]})"));
  EXPECT_TRUE(is_verified());
  ASSERT_TRUE(update(R"({"api_endpoints":["https://b.example/"]})"));
  EXPECT_FALSE(is_verified());
}

TEST_F(IdentityTest, ADidDocumentHoldsEndpointsAndKey) {
  const auto response = call.get("/api/v1/agents/" + agent.to_string() + "/did.json");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/did+json");
  EXPECT_EQ(response.etag, catalog.find(agent)->etag);
  const auto document = json::parse(response.body.view()).value();
  const auto did = did_of(agent);
  EXPECT_EQ(text_of(document, "id"), did);
  EXPECT_EQ(document.at("@context").at(0).as_string(), "https://www.w3.org/ns/did/v1");
  EXPECT_EQ(text_of(document.at("verificationMethod").at(0).at("publicKeyJwk"), "x"),
            support::kPublicKeyX);
  EXPECT_EQ(document.at("authentication").at(0).as_string(), did + "#key-1");
  EXPECT_EQ(text_of(document.at("service").at(0), "serviceEndpoint"), "https://a.example/v1");
  EXPECT_FALSE(document.at("didDocumentMetadata").at("deactivated").as_bool());
  EXPECT_EQ(call.get("/api/v1/did/" + did).body.view(), response.body.view());
}

TEST_F(IdentityTest, ADeletedAgentsDidDocumentIsDeactivated) {
  ASSERT_TRUE(await(service.remove(agent, "", caller(ada))));
  const auto response = call.get("/api/v1/did/" + did_of(agent));
  ASSERT_EQ(response.status, 200);
  const auto document = json::parse(response.body.view()).value();
  EXPECT_TRUE(document.at("didDocumentMetadata").at("deactivated").as_bool());
  EXPECT_TRUE(document.at("service").as_array().empty());
  EXPECT_EQ(document.as_object().if_contains("verificationMethod"), nullptr);
}

TEST_F(IdentityTest, OtherDidsAreNotFound) {
  for (const char* did : {"did:web:a.example", "did:agentvault:x", "nonsense",
                          "did:agentvault:550e8400-e29b-41d4-a716-446655440000"}) {
    EXPECT_EQ(call.get(std::string("/api/v1/did/") + did).status, 404) << did;
  }
}

}  // namespace
}  // namespace sovereign::registry
