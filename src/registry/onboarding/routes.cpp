#include "registry/onboarding/routes.hpp"

#include <fmt/format.h>

#include <utility>

#include "json/write.hpp"
#include "registry/compat/card_mapping.hpp"
#include "registry/compat/onboarding_types.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kTag = "Onboarding";
constexpr std::string_view kTokensPath = "/api/v1/onboard/bootstrap/tokens";

UserId account_of(const http::Request& request) { return UserId{request.principal->subject}; }

OnboardingLinks links_of(AgentId agent) {
  const auto self = "/api/v1/agents/" + agent.to_string();
  return {.self = self,
          .did = self + "/did.json",
          .token = "/api/v1/auth/agent/token",
          .me = "/api/v1/agents/me",
          .heartbeat = "/api/v1/agents/heartbeat"};
}

/// How an agent registers: as this registry documents it, or as older clients do.
enum class Dialect : std::uint8_t { registration, by_did_method };

/// Fills in what older clients leave out. Error: `malformed`, for a DID method that is not known.
Result<Dialect> adapt(OnboardingRequest& request) {
  if (!request.agent_did_method) return Dialect::registration;
  if (auto known = check_did_method(*request.agent_did_method); !known) {
    return Failure(std::move(known.error()));
  }
  if (request.name.empty() && !request.card) request.name = "Agent";
  if (request.agent_type.empty() && !request.card) request.agent_type = "agent";
  if (request.public_key_jwk && !request.metadata) {
    request.metadata = json::Raw{metadata_with_key(request.public_key_jwk->text)};
  }
  return Dialect::by_did_method;
}

/// The agent's JSON as readers see it, with what only this answer has.
std::string render(const Onboarded& onboarded, Dialect dialect) {
  const auto& record = *onboarded.record;
  std::string out(record.json, 0, record.json.size() - 1);
  const auto put = [&out](std::string_view name, const auto& value) {
    out += fmt::format(",\"{}\":", name);
    json::write(out, value);
  };
  put("agent_did", did_of(record.id));
  put("client_id", onboarded.credential.client_id);
  put("client_secret", onboarded.credential.client_secret);
  put("links", links_of(record.id));
  if (dialect == Dialect::by_did_method) {
    put("account_status", std::string_view("active"));
    put("initial_funding_status", std::string_view("pending"));
    put("faucet_transaction_id", json::Value(nullptr));
  }
  out += '}';
  return out;
}

std::string next_link(const BootstrapTokenQuery& query) {
  auto link = fmt::format("<{}?page={}&per_page={}", kTokensPath, query.page + 1, query.per_page);
  if (query.status) link += fmt::format("&status={}", json::name_of(*query.status));
  return link + ">; rel=\"next\"";
}

}  // namespace

void OnboardingRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/onboard/bootstrap/request-token",
       .operation = "requestBootstrapToken",
       .access = http::Access::user,
       .scope = http::Scope::onboard,
       .limit = "bootstrap.request",
       .handler = http::endpoint(this, &OnboardingRoutes::request_token),
       .documentation = {
           .tag = kTag,
           .summary = "Get a bootstrap token",
           .description = "A secret with which one agent registers itself, once, within minutes; "
                          "the agent will "
                          "belong to your account. Give it to the agent and to nobody else: the "
                          "registry keeps "
                          "only a digest and cannot show it again.",
           .example_body =
               R"({"agent_type_hint":"assistant","requested_by":"deploy pipeline","expires_in":300})"}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/onboard/register",
       .operation = "onboardAgent",
       .access = http::Access::anonymous,
       .limit = "agents.create",
       .handler = http::endpoint(this, &OnboardingRoutes::register_agent),
       .documentation = {
           .tag = kTag,
           .summary = "Register an agent with a bootstrap token",
           .description =
               "The token comes in the body or in the header Bootstrap-Token; the rest of the body "
               "is that of POST /agents. The answer holds the agent and a client_id and "
               "client_secret "
               "for its own session, shown this once. A token works once: of several registrations "
               "at "
               "the same time one succeeds, the others get 409. A registration that is refused "
               "leaves "
               "the token usable.",
           .success = 201,
           .errors = {401, 403, 409},
           .example_body =
               R"({"token":"BST_0123456789abcdefghijABCDEFGHIJkl","name":"My AI Assistant","agent_type":"assistant","description":"A helpful AI assistant for various tasks","api_endpoints":["https://api.myagent.com/v1"],"capabilities":["nlp","code-generation"]})"}});
  add_token_routes(table);
}

void OnboardingRoutes::add_token_routes(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::get,
       .path = kTokensPath,
       .operation = "listBootstrapTokens",
       .access = http::Access::user,
       .scope = http::Scope::onboard,
       .handler = http::endpoint(this, &OnboardingRoutes::list_tokens),
       .documentation = {.tag = kTag,
                         .summary = "List your bootstrap tokens",
                         .description = "Newest first, never with the tokens themselves. Tokens "
                                        "leave the list 30 days after they expired.",
                         .example_query = "status=active&page=1&per_page=20"}});
  table.push_back(
      {.method = http::Method::delete_,
       .path = "/api/v1/onboard/bootstrap/tokens/{token_id}",
       .operation = "revokeBootstrapToken",
       .access = http::Access::user,
       .scope = http::Scope::onboard,
       .handler = http::endpoint(this, &OnboardingRoutes::revoke_token),
       .documentation = {.tag = kTag,
                         .summary = "Revoke a bootstrap token",
                         .description = "From now on nobody can register with it. Revoking it once "
                                        "more is no error; a token that was used is 409.",
                         .success = 204,
                         .errors = {404, 409}}});
}

Task<http::Reply<IssuedBootstrapToken>> OnboardingRoutes::request_token(
    const http::Request& request, http::OptionalJson<BootstrapTokenRequest> body) {
  auto task = service_.request_token(account_of(request), std::move(body.value), actor_of(request));
  auto issued = co_await std::move(task);
  if (!issued) co_return Failure(std::move(issued.error()));
  co_return http::Reply<IssuedBootstrapToken>{.value = std::move(*issued)};
}

Task<http::Prepared<OnboardedAgent>> OnboardingRoutes::register_agent(
    const http::Request& request, http::Json<OnboardingRequest> body) {
  auto token = body.value.token.value_or(std::string(request.header("Bootstrap-Token")));
  const auto dialect = adapt(body.value);
  if (!dialect) co_return Failure(dialect.error());
  auto registration =
      complete(static_cast<AgentRegistration&&>(std::move(body.value)), request.body);
  if (!registration) co_return Failure(std::move(registration.error()));
  auto task =
      service_.register_agent(std::move(token), std::move(*registration), actor_of(request));
  const auto onboarded = co_await std::move(task);
  if (!onboarded) co_return Failure(onboarded.error());
  http::Response response{
      .status = 201, .body = render(*onboarded, *dialect), .etag = onboarded->record->etag};
  response.headers.push_back({"Location", links_of(onboarded->record->id).self});
  co_return http::Prepared<OnboardedAgent>{std::move(response)};
}

Task<http::Reply<BootstrapTokenPage>> OnboardingRoutes::list_tokens(
    const http::Request& request, http::Query<BootstrapTokenQuery> query) {
  auto task = service_.list_tokens(account_of(request), query.value);
  auto page = co_await std::move(task);
  if (!page) co_return Failure(std::move(page.error()));
  http::Reply<BootstrapTokenPage> reply{.value = std::move(*page)};
  if (reply.value.pagination.page < reply.value.pagination.pages) {
    reply.headers.push_back({"Link", next_link(query.value)});
  }
  co_return reply;
}

Task<http::NoContent> OnboardingRoutes::revoke_token(const http::Request& request) {
  const auto id = BootstrapTokenId::parse(request.parameters.values[0]);
  if (!id) {
    co_return base::fail(ErrorCode::not_found, "You have no bootstrap token with this id.");
  }
  auto task = service_.revoke_token(*id, account_of(request), actor_of(request));
  const auto revoked = co_await std::move(task);
  if (!revoked) co_return Failure(revoked.error());
  co_return http::NoContent{};
}

}  // namespace sovereign::registry
