#include "registry/agents/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "support/agents_fixture.hpp"
#include "support/route_caller.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using support::principal_of;

class AgentRoutesTest : public testing::Test, protected support::AgentsFixture {
 protected:
  http::RouteTable table() {
    http::RouteTable routes;
    agent_routes.add_to(routes);
    return routes;
  }
  http::Response send(Method method, std::string target, std::string body = {},
                      std::vector<http::Header> headers = {}) {
    return call({.method = method,
                 .target = std::move(target),
                 .body = std::move(body),
                 .principal = principal_of(ada.uuid),
                 .headers = std::move(headers)});
  }
  http::Response post(std::string body) {
    return send(Method::post, "/api/v1/agents", std::move(body));
  }
  static json::Value document(const http::Response& response) {
    return json::parse(response.body.view()).value();
  }
  static std::string location(const http::Response& response) {
    for (const auto& header : response.headers) {
      if (header.name == "Location") return header.value;
    }
    return {};
  }

  DiscoveryService discovery{catalog, clock};
  AgentRoutes agent_routes{service, discovery, catalog};
  support::RouteCaller call{table()};
};

TEST_F(AgentRoutesTest, AnAgentIsCreatedReadChangedAndRemoved) {
  const auto created = post(R"({"name":"A","agent_type":"t","humanReadableId":"acme/a"})");
  ASSERT_EQ(created.status, 201) << created.body.view();
  const auto path = location(created);
  const auto read = call.get(path);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body.view(), created.body.view());
  EXPECT_EQ(read.etag, created.etag);
  const auto changed =
      send(Method::put, path, R"({"description":"New"})", {{"If-Match", read.etag}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(document(changed).at("description"), "New");
  EXPECT_EQ(send(Method::put, path, R"({"name":"B"})", {{"If-Match", read.etag}}).status, 412);
  EXPECT_EQ(send(Method::delete_, path).status, 204);
  EXPECT_EQ(send(Method::delete_, path).status, 204);
  EXPECT_EQ(document(call.get(path)).at("status"), "inactive");
}

TEST_F(AgentRoutesTest, APublishedAgentIsSentWithoutACopy) {
  const auto created = post(R"({"name":"A","agent_type":"t"})");
  const auto record = catalog.find(*AgentId::parse(document(created).at("id").as_string().c_str()));
  EXPECT_EQ(call.get(location(created)).body.view().data(), record->json.data());
}

TEST_F(AgentRoutesTest, AReadableIdIsFoundInThePathAndInTheQuery) {
  post(R"({"name":"A","agent_type":"t","humanReadableId":"acme/a"})");
  for (const auto* target :
       {"/api/v1/agents/by-hri?hri=acme/a", "/api/v1/agents/by-hri?hri=ACME%2FA",
        "/api/v1/agents/id/acme/a", "/api/v1/agents/id/acme%2Fa"}) {
    const auto response = call.get(target);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_EQ(document(response).at("humanReadableId"), "acme/a");
  }
  EXPECT_EQ(call.get("/api/v1/agents/by-hri?hri=nobody").status, 404);
  EXPECT_EQ(call.get("/api/v1/agents/by-hri").status, 422);
  EXPECT_EQ(call.get("/api/v1/agents/id/acme").status, 404);
}

TEST_F(AgentRoutesTest, IdsThatAreNoneOrUnknownAreToldApart) {
  EXPECT_EQ(call.get("/api/v1/agents/not-a-uuid").status, 422);
  EXPECT_EQ(call.get("/api/v1/agents/550e8400-e29b-41d4-a716-446655440000").status, 404);
  EXPECT_EQ(send(Method::put, "/api/v1/agents/550e8400-e29b-41d4-a716-446655440000", "{}").status,
            404);
  EXPECT_EQ(send(Method::delete_, "/api/v1/agents/x").status, 422);
}

TEST_F(AgentRoutesTest, SelectedMembersHaveATagOfTheirOwn) {
  const auto path = location(post(R"({"name":"A","agent_type":"t"})"));
  const auto some = call.get(path + "?fields=name,agent_type");
  EXPECT_EQ(some.body.view(), R"({"name":"A","agent_type":"t"})");
  EXPECT_NE(some.etag, call.get(path).etag);
  EXPECT_EQ(call.get(path + "?fields=password").status, 422);
}

TEST_F(AgentRoutesTest, ARefusedBodyNamesEveryBadMemberAndNoValue) {
  const auto response = post(
      R"({"name":"a\u202eb","agent_type":"t","api_endpoints":["https://ok.example","ftp://no"],)"
      R"("capabilities":[""],"pricing":{"base_price":-1},"humanReadableId":"-no"})");
  ASSERT_EQ(response.status, 422);
  std::vector<std::string> pointers;
  const auto problem = document(response);
  for (const auto& error : problem.at("errors").as_array()) {
    pointers.emplace_back(error.at("pointer").as_string());
  }
  EXPECT_THAT(pointers, testing::UnorderedElementsAre("/name", "/api_endpoints/1",
                                                      "/capabilities/0", "/humanReadableId"));
  EXPECT_THAT(response.body.view(), testing::Not(testing::HasSubstr("ftp")));
}

TEST_F(AgentRoutesTest, TheExamplesOfTheDocumentationWork) {
  for (const auto& route : call.routes()) {
    if (route.documentation.example_body.empty() || route.method != Method::post) continue;
    EXPECT_EQ(
        send(route.method, std::string(route.path), std::string(route.documentation.example_body))
            .status,
        route.documentation.success);
  }
  EXPECT_EQ(call.get("/api/v1/agents/by-hri?hri=my-ai-assistant").status, 200);
}

}  // namespace
}  // namespace sovereign::registry
