#include "registry/federation/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "json/parse.hpp"
#include "registry/federation/public_routes.hpp"
#include "support/peers_fixture.hpp"
#include "support/route_caller.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::Not;

class PeerRoutesTest : public testing::Test, protected support::PeersFixture {
 protected:
  PeerRoutesTest() : call(table()) {}

  http::RouteTable table() {
    http::RouteTable routes;
    admin_routes.add_to(routes);
    public_routes.add_to(routes);
    info_routes.add_to(routes);
    return routes;
  }
  http::Response post(std::string target, std::string body = {}) {
    return call({Method::post, std::move(target), std::move(body), principal});
  }
  static std::string text_of(const http::Response& response, std::string_view name) {
    const auto document = json::parse(response.body.view());
    const auto* member = document->as_object().if_contains(name);
    return member == nullptr ? "" : std::string(std::string_view(member->as_string()));
  }

  const http::Principal principal = support::principal_of(ada.uuid);
  PeerRoutes admin_routes{here.service};
  PublicPeerRoutes public_routes{here.service};
  FederationInfoRoutes info_routes{
      {.name = "Own", .url = "https://own.example.com", .version = "1.2.3"},
      here.key,
      *database,
      clock};
  support::RouteCaller call;
};

constexpr const char* kPeers = "/api/v1/admin/federation/peers";
constexpr const char* kSeedBody =
    R"({"name":"European AgentVault Registry","registry_url":"https://eu.agentvault.com",)"
    R"("admin_contact":"admin@eu.agentvault.com",)"
    R"("federation_access_token":"fed_token_secure_string"})";

TEST_F(PeerRoutesTest, TheBodyOfTheSeedMakesAnActivePeer) {
  const auto added = post(kPeers, kSeedBody);
  ASSERT_EQ(added.status, 201) << added.body.view();
  EXPECT_EQ(text_of(added, "status"), "ACTIVE");
  EXPECT_THAT(added.body.view(), Not(HasSubstr("fed_token_secure_string")));
  const auto found = call.get(std::string(kPeers) + "/" + text_of(added, "id"), principal);
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.etag, added.etag);
  EXPECT_EQ(text_of(found, "base_url"), "https://eu.agentvault.com");
}

TEST_F(PeerRoutesTest, TheOlderNamesOfMembersAreTaken) {
  const auto added = post(kPeers, R"({"name":"Older","base_url":"https://older.example.com",)"
                                  R"("admin_contact_email":"a@older.example.com"})");
  ASSERT_EQ(added.status, 201) << added.body.view();
  EXPECT_EQ(text_of(added, "registry_url"), "https://older.example.com");
  EXPECT_EQ(text_of(added, "admin_contact"), "a@older.example.com");
}

TEST_F(PeerRoutesTest, WhatIsWrongIsNamedAndNeverRepeated) {
  for (const auto& [body, pointer] :
       {std::pair{R"({"name":"ab","registry_url":"https://x.example.com"})", "/name"},
        {R"({"name":"abc"})", "/registry_url"},
        {R"({"name":"abc","registry_url":"https://x.example.com","mode":"push"})", "/mode"},
        {R"({"name":"abc","registry_url":"https://x.example.com","tls_pin":"p4ssw0rd"})",
         "/tls_pin"},
        {R"({"name":"abc","registry_url":"https://x.example.com",)"
         R"("federation_access_token":"p4ssw0rd"})",
         "/federation_access_token"}}) {
    const auto refused = post(kPeers, body);
    EXPECT_EQ(refused.status, 422) << body;
    EXPECT_THAT(refused.body.view(), HasSubstr(pointer));
    EXPECT_THAT(refused.body.view(), Not(HasSubstr("p4ssw0rd")));
  }
}

TEST_F(PeerRoutesTest, AnApprovalWithoutABodyShowsTheTokenOnce) {
  const auto proposed = post("/api/v1/federation/peers",
                             R"({"name":"Harbour","registry_url":"https://harbour.example.com"})");
  ASSERT_EQ(proposed.status, 201) << proposed.body.view();
  const auto path = std::string(kPeers) + "/" + text_of(proposed, "id");
  const auto approved = post(path + "/approve");
  EXPECT_THAT(text_of(approved, "federation_access_token"), testing::StartsWith("avfed_"));
  EXPECT_EQ(text_of(call.get(path, principal), "federation_access_token"), "");
}

TEST_F(PeerRoutesTest, AnUnknownPeerIsNotFoundWhateverIsAsked) {
  for (const std::string id : {"none", "550e8400-e29b-41d4-a716-446655440000"}) {
    const auto path = std::string(kPeers) + "/" + id;
    EXPECT_EQ(call.get(path, principal).status, 404);
    EXPECT_EQ(call.get("/api/v1/federation/peers/" + id).status, 404);
    EXPECT_EQ(call({Method::put, path, "{}", principal}).status, 404);
    EXPECT_EQ(call({Method::delete_, path, {}, principal}).status, 404);
    for (const char* action : {"approve", "reject", "deactivate", "reactivate"})
      EXPECT_EQ(post(path + "/" + action).status, 404) << action;
  }
}

TEST_F(PeerRoutesTest, TheIntroductionNamesTheKeyAndWhereToAsk) {
  const auto info = call.get("/api/v1/federation/info");
  EXPECT_EQ(text_of(info, "registry_name"), "Own");
  EXPECT_EQ(text_of(info, "public_key"), base::to_base64url(here.key.identity().public_key()));
  EXPECT_EQ(text_of(info, "query_endpoint"),
            "https://own.example.com/api/v1/internal/federation/query");
}

}  // namespace
}  // namespace sovereign::registry
