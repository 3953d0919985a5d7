#include "registry/onboarding/session_routes.hpp"

#include <utility>

#include "json/parse.hpp"
#include "json/write.hpp"
#include "registry/onboarding/credential.hpp"

namespace sovereign::registry {
namespace {

using base::fail;

constexpr std::string_view kTag = "Agent session";

/// The key in the agent's metadata.
json::Nullable<json::Raw> public_key_of(const AgentRecord& record) {
  const auto metadata = json::raw_member(record.json, "metadata");
  const auto key = metadata ? json::raw_member(*metadata, "public_key_jwk") : std::nullopt;
  if (!key || !key->starts_with('{')) return {};
  return {json::Raw{std::string(*key)}};
}

}  // namespace

void AgentSessionRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/auth/agent/token",
       .operation = "signInAgent",
       .access = http::Access::anonymous,
       .limit = "auth.api_key",
       .handler = http::endpoint(this, &AgentSessionRoutes::sign_in),
       .documentation = {
           .tag = kTag,
           .summary = "Get an agent's access token",
           .description = "OAuth 2.0 client credentials (RFC 6749 section 4.4): client_id and "
                          "client_secret as a "
                          "form, as JSON or as HTTP Basic. The token's subject is the agent's DID.",
           .errors = {401, 403},
           .example_body =
               R"({"grant_type":"client_credentials","client_id":"agent-0123456789abcdef","client_secret":"avcs_0123456789"})"}});
  table.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/agents/me",
       .operation = "getOwnAgent",
       .access = http::Access::agent,
       .handler = http::endpoint(this, &AgentSessionRoutes::me),
       .documentation = {.tag = kTag, .summary = "The agent that asks, as the registry has it"}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/agents/health",
                   .operation = "getAgentHealth",
                   .access = http::Access::agent,
                   .handler = http::endpoint(this, &AgentSessionRoutes::health),
                   .documentation = {.tag = kTag,
                                     .summary = "Check an agent's token",
                                     .description = "Answers when the token is good."}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agents/heartbeat",
       .operation = "sendHeartbeat",
       .access = http::Access::agent,
       .handler = http::endpoint(this, &AgentSessionRoutes::heartbeat),
       .documentation = {.tag = kTag,
                         .summary = "Show that the agent lives",
                         .description = "Notes the time. It is no change of the agent: its version "
                                        "and ETag stay."}});
}

Task<http::Reply<AgentTokenAnswer>> AgentSessionRoutes::sign_in(
    const http::Request& request, http::JsonOrForm<AgentTokenRequest> body) {
  auto credential = basic_credential(request);
  if (!credential) {
    if (!body.value.client_id || !body.value.client_secret) {
      co_return fail(ErrorCode::unauthenticated,
                     "Send client_id and client_secret in the body or as HTTP Basic.");
    }
    credential = {std::move(*body.value.client_id), std::move(*body.value.client_secret)};
  }
  auto task = parts_.sessions.sign_in(std::move(*credential));
  auto token = co_await std::move(task);
  if (!token) co_return Failure(std::move(token.error()));
  co_return http::Reply<AgentTokenAnswer>{
      .value = {.access_token = std::move(token->text), .expires_in = token->expires_in.count()}};
}

Result<SharedRecord> AgentSessionRoutes::self(const http::Request& request) const {
  auto record = parts_.catalog.find(AgentId{request.principal->subject});
  if (record == nullptr || record->status == AgentStatus::inactive) {
    return fail(ErrorCode::unauthenticated, "This agent was deleted.");
  }
  if (record->status == AgentStatus::suspended) {
    return fail(ErrorCode::forbidden, "This agent is suspended.");
  }
  return record;
}

Task<http::Prepared<OwnAgent>> AgentSessionRoutes::me(const http::Request& request) {
  const auto record = self(request);
  if (!record) co_return Failure(record.error());
  auto finding = parts_.store.onboarded((*record)->id);
  const auto row = co_await std::move(finding);
  if (!row) co_return Failure(row.error());
  if (!*row) co_return fail(ErrorCode::unauthenticated, "This agent's credential was revoked.");
  auto numbering = parts_.aliases.of((*row)->creator.uuid);
  const auto creator = co_await std::move(numbering);
  if (!creator) co_return Failure(creator.error());
  std::string body = (*record)->json;
  body.pop_back();
  const auto put = [&body](std::string_view name, const auto& value) {
    body += ",\"";
    body += name;
    body += "\":";
    json::write(body, value);
  };
  put("client_id", (*row)->client_id);
  put("creator_developer_id", *creator);
  put("last_active_at", json::Nullable<Timestamp>{(*row)->last_seen_at});
  put("public_key_jwk", public_key_of(**record));
  body += '}';
  co_return http::Prepared<OwnAgent>{{.body = std::move(body)}};
}

Result<http::Reply<AgentHealth>> AgentSessionRoutes::health(const http::Request& request) {
  const auto record = self(request);
  if (!record) return Failure(record.error());
  return http::Reply<AgentHealth>{.value = {.status = "healthy",
                                            .did = did_of((*record)->id),
                                            .message = "Agent authentication successful"}};
}

Task<http::Reply<Heartbeat>> AgentSessionRoutes::heartbeat(const http::Request& request) {
  const auto record = self(request);
  if (!record) co_return Failure(record.error());
  const AgentId id = (*record)->id;
  auto task = parts_.agents.heartbeat(id);
  const auto noted = co_await std::move(task);
  if (!noted) co_return Failure(noted.error());
  co_return http::Reply<Heartbeat>{.value = {.status = "acknowledged",
                                             .did = did_of(id),
                                             .message = "Heartbeat received",
                                             .last_seen_at = *noted}};
}

}  // namespace sovereign::registry
