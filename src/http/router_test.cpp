#include "http/router.hpp"

#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

Route row(Method method, std::string_view path) {
  return {.method = method, .path = path, .operation = path, .handler = {}, .documentation = {}};
}

class RouterTest : public testing::Test {
 protected:
  RouterTest() : router_(table()) {}

  static RouteTable table() {
    RouteTable routes;
    routes.push_back(row(Method::get, "/agents"));
    routes.push_back(row(Method::post, "/agents"));
    routes.push_back(row(Method::get, "/agents/{agent_id}"));
    routes.push_back(row(Method::delete_, "/agents/{agent_id}"));
    routes.push_back(row(Method::get, "/agents/me"));
    routes.push_back(row(Method::post, "/agents/{agent_id}/verify"));
    routes.push_back(row(Method::get, "/agents/id/{name*}"));
    return routes;
  }

  std::string match(Method method, std::string_view path) {
    const auto match = router_.match(method, path, parameters_);
    if (const auto* route = std::get_if<const Route*>(&match)) return std::string((*route)->path);
    if (const auto* other = std::get_if<OtherMethods>(&match)) return "allow " + other->allow;
    return "none";
  }

  Router router_;
  PathParameters parameters_;
};

TEST_F(RouterTest, PrefersLiteralSegmentsToParameters) {
  EXPECT_EQ(match(Method::get, "/agents/me"), "/agents/me");
  EXPECT_EQ(match(Method::get, "/agents/you"), "/agents/{agent_id}");
  EXPECT_EQ(parameters_.values[0], "you");
}

TEST_F(RouterTest, FallsBackToTheParameterWhenTheLiteralLeadsNowhere) {
  EXPECT_EQ(match(Method::post, "/agents/me/verify"), "/agents/{agent_id}/verify");
  EXPECT_EQ(parameters_.values[0], "me");
  EXPECT_EQ(parameters_.count, 1U);
}

TEST_F(RouterTest, IgnoresATrailingSlash) {
  EXPECT_EQ(match(Method::get, "/agents/"), "/agents");
  EXPECT_EQ(match(Method::get, "/agents/x/"), "/agents/{agent_id}");
  EXPECT_EQ(match(Method::get, "/agents//"), "none");
}

TEST_F(RouterTest, AnswersHeadWithTheGetRow) {
  EXPECT_EQ(match(Method::head, "/agents"), "/agents");
}

TEST_F(RouterTest, SaysWhichMethodsThereAre) {
  EXPECT_EQ(match(Method::put, "/agents"), "allow GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(match(Method::post, "/agents/x"), "allow GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(match(Method::get, "/nothing"), "none");
  EXPECT_EQ(match(Method::get, "*"), "none");
}

TEST_F(RouterTest, DecodesParametersAfterSplitting) {
  EXPECT_EQ(match(Method::get, "/agents/a%2Fb%20c"), "/agents/{agent_id}");
  EXPECT_EQ(parameters_.values[0], "a/b c");
}

TEST_F(RouterTest, TakesTheRestOfThePathRawOrEncoded) {
  EXPECT_EQ(match(Method::get, "/agents/id/org/tool"), "/agents/id/{name*}");
  EXPECT_EQ(parameters_.values[0], "org/tool");
  EXPECT_EQ(match(Method::get, "/agents/id/org%2Ftool"), "/agents/id/{name*}");
  EXPECT_EQ(parameters_.values[0], "org/tool");
}

TEST_F(RouterTest, RefusesParametersThatAreNotText) {
  for (const char* path : {"/agents/%00", "/agents/%ff", "/agents/%zz", "/agents/%c3%28"}) {
    EXPECT_EQ(match(Method::get, path), "none") << path;
  }
}

}  // namespace
}  // namespace sovereign::http
