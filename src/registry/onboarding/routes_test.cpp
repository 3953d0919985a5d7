#include "registry/onboarding/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/parse.hpp"
#include "registry/onboarding/session_routes.hpp"
#include "support/onboarding_fixture.hpp"
#include "support/route_caller.hpp"

namespace sovereign::registry {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::Not;

class OnboardingRoutesTest : public testing::Test, protected support::OnboardingFixture {
 protected:
  OnboardingRoutesTest() : call(table()) {}

  http::RouteTable table() {
    http::RouteTable routes;
    onboarding_routes.add_to(routes);
    session_routes.add_to(routes);
    return routes;
  }
  json::Value request_token(std::string body = {}) {
    const auto response =
        call({Method::post, "/api/v1/onboard/bootstrap/request-token", std::move(body), user()});
    EXPECT_EQ(response.status, 200) << response.body.view();
    return json::parse(response.body.view()).value();
  }
  http::Response join(std::string body, std::vector<http::Header> headers = {}) {
    return call(
        {Method::post, "/api/v1/onboard/register", std::move(body), {}, std::move(headers)});
  }
  http::Response sign_in(std::string body, std::vector<http::Header> headers = {}) {
    return call(
        {Method::post, "/api/v1/auth/agent/token", std::move(body), {}, std::move(headers)});
  }
  http::Principal user() const { return support::principal_of(ada.uuid); }
  static http::Principal agent(AgentId id) {
    auto principal = support::principal_of(id.uuid);
    principal.kind = http::PrincipalKind::agent;
    return principal;
  }

  OnboardingRoutes onboarding_routes{onboarding};
  CompatStore compat_store{*database};
  IntegerAliases aliases{*database};
  AgentSessionRoutes session_routes{{sessions, service, catalog, compat_store, aliases}};
  support::RouteCaller call;
};

std::string text_of(const json::Value& document, std::string_view name) {
  return std::string(std::string_view(document.at(name).as_string()));
}

TEST_F(OnboardingRoutesTest, ATokenIsGivenUnderBothItsNames) {
  const auto answer = request_token(R"({"agent_type_hint":"assistant","expires_in":60})");
  EXPECT_EQ(answer.at("token"), answer.at("bootstrap_token"));
  EXPECT_EQ(answer.at("expires_in").as_int64(), 60);
  EXPECT_EQ(request_token().at("expires_in").as_int64(), 300);
}

TEST_F(OnboardingRoutesTest, TheLifetimeOfATokenIsBetweenThirtySecondsAndAnHour) {
  for (const char* body : {R"({"expires_in":29})", R"({"expires_in":3601})", R"({"unknown":1})"}) {
    EXPECT_EQ(call({Method::post, "/api/v1/onboard/bootstrap/request-token", body, user()}).status,
              422)
        << body;
  }
}

TEST_F(OnboardingRoutesTest, TheTokenMayComeInTheBodyUnderEitherNameOrInTheHeader) {
  const auto registration = std::string(R"("name":"W","agent_type":"service"})");
  for (const char* name : {"token", "bootstrap_token"}) {
    const auto response = join(std::string("{\"") + name + "\":\"" +
                               text_of(request_token(), "token") + "\"," + registration);
    EXPECT_EQ(response.status, 201) << response.body.view();
  }
  const auto token = text_of(request_token(), "token");
  EXPECT_EQ(join("{" + registration, {{"Bootstrap-Token", token}}).status, 201);
  EXPECT_EQ(join("{" + registration, {{"Bootstrap-Token", token}}).status, 409);
  EXPECT_EQ(join("{" + registration).status, 401);
}

TEST_F(OnboardingRoutesTest, TheAnswerIsTheAgentWithItsCredentialAndLinks) {
  const auto token = text_of(request_token(), "token");
  const auto response = join(R"({"token":")" + token +
                             R"(","card":{"name":"Card \u0042ot","url":"https://a.example/"}})");
  ASSERT_EQ(response.status, 201);
  const auto answer = json::parse(response.body.view()).value();
  EXPECT_EQ(answer.at("did"), answer.at("agent_did"));
  EXPECT_EQ(text_of(answer, "name"), "Card Bot");
  EXPECT_THAT(std::string(response.body.view()), HasSubstr(R"("Card \u0042ot")"));
  EXPECT_THAT(std::string(response.body.view()), Not(HasSubstr(token)));
  EXPECT_EQ(text_of(answer.at("links"), "self"), "/api/v1/agents/" + text_of(answer, "id"));
  EXPECT_EQ(response.headers.at(0).name, "Location");
}

TEST_F(OnboardingRoutesTest, AnAgentSignsInWithJsonAFormTheOldNamesOrHttpBasic) {
  const auto token = text_of(request_token(), "token");
  const auto agent =
      json::parse(
          join(R"({"token":")" + token + R"(","name":"W","agent_type":"service"})").body.view())
          .value();
  const auto id = text_of(agent, "client_id");
  const auto secret = text_of(agent, "client_secret");
  const http::Header form{"Content-Type", "application/x-www-form-urlencoded"};
  EXPECT_EQ(sign_in(R"({"client_id":")" + id + R"(","client_secret":")" + secret + "\"}").status,
            200);
  EXPECT_EQ(
      sign_in("grant_type=client_credentials&client_id=" + id + "&client_secret=" + secret, {form})
          .status,
      200);
  EXPECT_EQ(sign_in("grant_type=password&username=" + id + "&password=" + secret, {form}).status,
            200);
  EXPECT_EQ(sign_in("client_id=" + id + "&client_secret=wrong", {form}).status, 401);
  EXPECT_EQ(sign_in("grant_type=client_credentials", {form}).status, 401);
  EXPECT_EQ(sign_in("grant_type=authorization_code&client_id=" + id, {form}).status, 422);
}

TEST_F(OnboardingRoutesTest, TheListNeverHoldsAToken) {
  std::vector<std::string> tokens;
  for (int i = 0; i < 3; ++i) tokens.push_back(text_of(request_token(), "token"));
  const auto response =
      call.get("/api/v1/onboard/bootstrap/tokens?per_page=2&status=active", user());
  EXPECT_EQ(response.status, 200);
  const std::string body(response.body.view());
  for (const auto& token : tokens) EXPECT_THAT(body, Not(HasSubstr(token)));
  EXPECT_THAT(body, HasSubstr(R"("total":3)"));
  EXPECT_EQ(response.headers.at(0).value,
            "</api/v1/onboard/bootstrap/tokens?page=2&per_page=2&status=active>; rel=\"next\"");
  EXPECT_EQ(call.get("/api/v1/onboard/bootstrap/tokens?per_page=101", user()).status, 422);
}

TEST_F(OnboardingRoutesTest, ATokenIsRevokedByItsId) {
  const auto issued = request_token();
  const auto path = "/api/v1/onboard/bootstrap/tokens/" + text_of(issued, "token_id");
  EXPECT_EQ(call({Method::delete_, path, {}, support::principal_of(ben.uuid)}).status, 404);
  EXPECT_EQ(call({Method::delete_, path, {}, user()}).status, 204);
  EXPECT_EQ(call({Method::delete_, path, {}, user()}).status, 204);
  EXPECT_EQ(call({Method::delete_, "/api/v1/onboard/bootstrap/tokens/x", {}, user()}).status, 404);
}

TEST_F(OnboardingRoutesTest, AnAgentSeesItselfAndShowsThatItLives) {
  const auto joined = OnboardingFixture::join(
      issue().value().token,
      R"({"name":"W","agent_type":"service","metadata":{"public_key_jwk":{"kty":"OKP"}}})");
  const auto record = joined.value().record;
  const auto me = call.get("/api/v1/agents/me", agent(record->id));
  EXPECT_EQ(me.status, 200);
  auto known = record->json;
  known.pop_back();
  EXPECT_THAT(std::string(me.body.view()), testing::StartsWith(known));
  const auto own = json::parse(me.body.view()).value();
  EXPECT_EQ(text_of(own, "client_id"), joined->credential.client_id);
  EXPECT_TRUE(own.at("last_active_at").is_null());
  EXPECT_EQ(own.at("public_key_jwk").at("kty"), "OKP");
  const auto health = call.get("/api/v1/agents/health", agent(record->id));
  EXPECT_THAT(std::string(health.body.view()), HasSubstr("healthy"));
  const auto beat = call({Method::post, "/api/v1/agents/heartbeat", {}, agent(record->id)});
  EXPECT_EQ(beat.status, 200);
  EXPECT_THAT(std::string(beat.body.view()), HasSubstr("acknowledged"));
  EXPECT_EQ(catalog.find(record->id)->version, record->version);
  const auto later = json::parse(call.get("/api/v1/agents/me", agent(record->id)).body.view());
  EXPECT_TRUE(later.value().at("last_active_at").is_string());
}

TEST_F(OnboardingRoutesTest, ADeletedOrSuspendedAgentHasNoSession) {
  const auto record = create(R"({"name":"W","agent_type":"service"})").value();
  ASSERT_TRUE(support::await(service.update(record->id, R"({"status":"suspended"})", "", admin())));
  EXPECT_EQ(call.get("/api/v1/agents/me", agent(record->id)).status, 403);
  ASSERT_TRUE(support::await(service.remove(record->id, "", admin())));
  EXPECT_EQ(call.get("/api/v1/agents/me", agent(record->id)).status, 401);
  EXPECT_EQ(call({Method::post, "/api/v1/agents/heartbeat", {}, agent(record->id)}).status, 401);
}

}  // namespace
}  // namespace sovereign::registry
