#include "registry/compat/onboarding_routes.hpp"

#include <utility>

#include "registry/compat/card_mapping.hpp"
#include "registry/compat/card_routes.hpp"
#include "registry/compat/card_service.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kOpening = "Invalid Agent Card data provided: ";

constexpr std::string_view kExample =
    R"({"agent_did_method":"cos","token":"BST_0123456789abcdefghijABCDEFGHIJkl","agent_card":)"
    R"({"schemaVersion":"1.0","humanReadableId":"acme/harbour-pilot","agentVersion":"1.2.0",)"
    R"("name":"Harbour Pilot","description":"Plans a way into a harbour","url":)"
    R"("https://pilot.example.com/a2a","provider":{"name":"Acme"},"capabilities":)"
    R"({"a2aVersion":"1.0"},"authSchemes":[{"scheme":"none"}]}})";

/// An error about the card of this body's agent_card.
Error point_at_agent_card(Error error) {
  constexpr std::string_view kCardData = "/card_data";
  for (auto& field : error.fields) {
    if (field.pointer.starts_with(kCardData)) {
      field.pointer.replace(0, kCardData.size(), "/agent_card");
    }
  }
  return error;
}

}  // namespace

Result<void> check_did_method(std::string_view method) {
  if (method == "cos" || method == "agentvault") return {};
  return base::fail(ErrorCode::malformed,
                    "This agent_did_method is not supported; send cos or agentvault.");
}

void OldOnboardingRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/onboard/create_agent",
       .operation = "createAgentByToken",
       .limit = "agents.create",
       .handler = http::endpoint(this, &OldOnboardingRoutes::create),
       .documentation = {.tag = kCompatibilityTag,
                         .summary = "Register an agent by its card, with a bootstrap token",
                         .description =
                             "The token comes in the header Bootstrap-Token, or in the body. The "
                             "agent belongs to the account that asked for the token.",
                         .success = 201,
                         .errors = {401, 403, 409},
                         .example_body = kExample}});
}

Task<http::Reply<CreatedAgent>> OldOnboardingRoutes::create(const http::Request& request,
                                                            http::Json<AgentCreation> body) {
  auto& wanted = body.value;
  if (auto known = check_did_method(wanted.agent_did_method); !known) {
    co_return Failure(std::move(known.error()));
  }
  auto token = wanted.token.value_or(std::string(request.header("Bootstrap-Token")));
  if (token.empty()) {
    co_return base::fail(ErrorCode::unprocessable,
                         "Field required: send the bootstrap token as the header Bootstrap-Token.");
  }
  const auto card = json::raw_member(request.body, "agent_card");
  auto registration = read_card(card.value_or(wanted.agent_card.text), kOpening);
  if (!registration) co_return Failure(point_at_agent_card(std::move(registration.error())));
  if (wanted.public_key_jwk) {
    registration->metadata = json::Raw{metadata_with_key(wanted.public_key_jwk->text)};
  }
  auto name = registration->name;
  auto registering =
      onboarding_.register_agent(std::move(token), std::move(*registration), actor_of(request));
  auto onboarded = co_await std::move(registering);
  if (!onboarded) co_return Failure(std::move(onboarded.error()));
  const AgentId id = onboarded->record->id;
  http::Reply<CreatedAgent> reply{
      .value = {.agent_did = did_of(id),
                .client_id = std::move(onboarded->credential.client_id),
                .client_secret = std::move(onboarded->credential.client_secret),
                .agent_card_id = id,
                .agent_card_name = std::move(name)},
      .status = 201};
  reply.headers.push_back({"Location", "/api/v1/agent-cards/" + id.to_string()});
  co_return reply;
}

}  // namespace sovereign::registry
