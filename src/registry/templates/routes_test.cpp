#include "registry/templates/routes.hpp"

#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "support/route_caller.hpp"

namespace sovereign::registry {
namespace {

using http::Method;

class TemplateRoutesTest : public testing::Test {
 protected:
  TemplateRoutesTest() : call(table()) {}
  http::RouteTable table() {
    http::RouteTable table;
    routes.add_to(table);
    return table;
  }
  http::Response generate(const std::string& id, std::string body) {
    return call({Method::post, "/api/v1/discovery/templates/" + id + "/generate", std::move(body)});
  }

  TemplateRoutes routes{"https://registry.example.org"};
  support::RouteCaller call;
};

TEST_F(TemplateRoutesTest, TheListNamesEachTemplateWithItsParameters) {
  const auto response = call.get("/api/v1/discovery/templates");
  EXPECT_EQ(response.status, 200);
  EXPECT_FALSE(response.etag.empty());
  const auto list = json::parse(response.body.view()).value();
  EXPECT_EQ(list.at("total").as_int64(), 3);
  EXPECT_EQ(list.at("templates").at(0).at("id").as_string(), "opensentience-elixir");
  EXPECT_EQ(list.at("templates").at(0).at("parameters").at(0).at("name").as_string(), "name");
}

TEST_F(TemplateRoutesTest, AProjectIsAZipWithASafeName) {
  const auto response = generate("python-a2a", R"({"name":"../\"x\"\r\n; Weather"})");
  EXPECT_EQ(response.status, 422);
  const auto good = generate("python-a2a", R"({"name":"../\"x\"; Weather"})");
  EXPECT_EQ(good.status, 200);
  EXPECT_EQ(good.content_type, "application/zip");
  EXPECT_EQ(good.headers.at(0).value, "attachment; filename=\"x_weather_agent.zip\"");
  EXPECT_TRUE(good.body.view().starts_with("PK"));
  EXPECT_EQ(generate("python-a2a", R"({"name":"../\"x\"; Weather"})").body.view(),
            good.body.view());
}

TEST_F(TemplateRoutesTest, TheExampleOfTheDocumentationWorksForEveryTemplate) {
  const std::string example(call.routes().at(1).documentation.example_body);
  for (const char* id : {"opensentience-elixir", "python-a2a", "agent-card"}) {
    EXPECT_EQ(generate(id, example).status, 200) << id;
  }
}

TEST_F(TemplateRoutesTest, UnknownTemplatesAndMembersAreRefused) {
  EXPECT_EQ(generate("cobol", R"({"name":"W"})").status, 404);
  EXPECT_EQ(generate("agent-card", R"({"name":"W","path":"x"})").status, 422);
}

}  // namespace
}  // namespace sovereign::registry
