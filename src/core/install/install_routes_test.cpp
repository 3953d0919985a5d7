#include "core/install/install_routes.hpp"

#include "core/install/install_fixture.hpp"
#include "core/sync/registry_routes.hpp"
#include "json/parse.hpp"
#include "support/route_caller.hpp"

namespace sovereign::core {
namespace {

using http::Method;
using testing::HasSubstr;

class InstallRoutesTest : public InstallFixture {
 protected:
  InstallRoutesTest() : call_(table()) {}

  http::RouteTable table() {
    http::RouteTable routes;
    registry_routes_.add_to(routes);
    install_routes_.add_to(routes);
    return routes;
  }
  http::Response send(Method method, std::string target, std::string body = {}) {
    http::Principal principal{.kind = http::PrincipalKind::user};
    principal.session = "admin.sock";
    return call_({method, std::move(target), std::move(body), std::move(principal)});
  }
  static json::Value parsed(const http::Response& response) {
    return json::parse(response.body.view()).value();
  }
  static std::string path(std::string_view rest) {
    return fmt::format("/api/v1/agents/{}{}", kId, rest);
  }

  RegistryRoutes registry_routes_{registries};
  InstallRoutes install_routes_{installer, builds, updater};
  support::RouteCaller call_;
};

TEST_F(InstallRoutesTest, EveryOperationIsTheOperatorsOwn) {
  for (const auto& route : call_.routes()) EXPECT_EQ(route.access, http::Access::admin);
  EXPECT_EQ(call_.routes().size(), 11U);
}

TEST_F(InstallRoutesTest, FromARegistryToARolledBackUpdate) {
  hello.put("opensentience.agent.json", manifest_text(kId));
  hello.commit();
  index.put(fmt::format("agents/{}.json", kId), entry_text(kId, hello.url()));
  index.commit();
  const auto added =
      send(Method::post, "/api/v1/registries",
           fmt::format(R"({{"name":"local","url":"{}","allow_file":true}})", index.url()));
  EXPECT_EQ(added.status, 201) << added.body.view();
  EXPECT_EQ(send(Method::post, "/api/v1/registries/sync").status, 200);
  const auto synced = parsed(send(Method::post, "/api/v1/registries/local/sync"));
  EXPECT_EQ(synced.at("entries").as_int64(), 1);
  EXPECT_EQ(parsed(send(Method::get, "/api/v1/registries")).at("registries").as_array().size(), 1U);

  EXPECT_EQ(send(Method::post, path("/install")).status, 200);
  const auto unconfirmed = send(Method::post, path("/build"));
  EXPECT_EQ(unconfirmed.status, 422);
  EXPECT_THAT(std::string(unconfirmed.body.view()), HasSubstr("build.not_confirmed"));
  EXPECT_EQ(send(Method::get, path("/build")).status, 404);
  EXPECT_EQ(send(Method::post, path("/build"), R"({"confirm":true})").status, 200);
  const auto build = parsed(send(Method::get, path("/build")));
  EXPECT_EQ(build.at("steps").as_array().size(), 3U);
  EXPECT_EQ(build.at("steps").at(0).at("state").as_string(), "succeeded");

  hello.put("opensentience.agent.json", manifest_text(kId, "2.0.0"));
  hello.commit();
  const auto pending = parsed(send(Method::post, path("/update"), R"({"confirm":true})"));
  EXPECT_EQ(pending.at("state").as_string(), "pending");
  const auto applied =
      parsed(send(Method::post, path("/update"), R"({"apply":true,"permissions":[]})"));
  EXPECT_EQ(applied.at("state").as_string(), "applied");
  EXPECT_EQ(send(Method::post, path("/rollback")).status, 200);
  EXPECT_EQ(send(Method::post, path("/rollback")).status, 409);
  EXPECT_EQ(send(Method::delete_, path("?keep_data=true")).status, 204);
  EXPECT_EQ(send(Method::delete_, "/api/v1/registries/local").status, 204);
}

TEST_F(InstallRoutesTest, WhatIsNotThereIs404AndWhatIsNotMeantIs422) {
  EXPECT_EQ(send(Method::post, "/api/v1/agents/Not-An-Id!/install").status, 404);
  EXPECT_EQ(send(Method::post, path("/install")).status, 404);
  EXPECT_EQ(send(Method::post, path("/install"), R"({"url":"x"})").status, 422);
  EXPECT_EQ(send(Method::post, "/api/v1/registries/none/sync").status, 404);
  EXPECT_EQ(send(Method::post, "/api/v1/registries", R"({"name":"a","url":"file:///x"})").status,
            422);
}

}  // namespace
}  // namespace sovereign::core
