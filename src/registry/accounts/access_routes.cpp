#include "registry/accounts/access_routes.hpp"

#include <utility>

#include "registry/accounts/own_session.hpp"

namespace sovereign::registry {
namespace {

using http::Access;
using http::endpoint;
using http::Method;

Failure no_such(std::string_view what) {
  return base::fail(ErrorCode::not_found, "There is no such " + std::string(what) + ".");
}

}  // namespace

void AccessRoutes::add_to(http::RouteTable& table) {
  add_keys_to(table);
  add_sessions_to(table);
}

void AccessRoutes::add_keys_to(http::RouteTable& table) {
  constexpr std::string_view kTag = "API keys";
  table.push_back({.method = Method::get,
                   .path = "/api/v1/auth/api-keys",
                   .operation = "listApiKeys",
                   .access = Access::user,
                   .handler = endpoint(this, &AccessRoutes::list_keys),
                   .documentation = {.tag = kTag,
                                     .summary = "List my API keys",
                                     .description = "Those that work, newest first."}});
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/auth/api-keys",
       .operation = "createApiKey",
       .access = Access::user,
       .handler = endpoint(this, &AccessRoutes::create_key),
       .documentation = {
           .tag = kTag,
           .summary = "Make an API key",
           .description = "The key is in this answer only. Send it as X-Api-Key, or as "
                          "Authorization: Bearer. At most 50 active keys an account.",
           .success = 201,
           .errors = {409},
           .example_body = R"({"name":"continuous integration","scopes":["agents:read"],)"
                           R"("expires_in_days":90})"}});
  table.push_back({.method = Method::delete_,
                   .path = "/api/v1/auth/api-keys/{key_id}",
                   .operation = "revokeApiKey",
                   .access = Access::user,
                   .handler = endpoint(this, &AccessRoutes::revoke_key),
                   .documentation = {.tag = kTag,
                                     .summary = "Revoke an API key",
                                     .description = "Other keys are not affected.",
                                     .success = 204,
                                     .errors = {404}}});
}

void AccessRoutes::add_sessions_to(http::RouteTable& table) {
  constexpr std::string_view kTag = "Authentication";
  table.push_back({.method = Method::get,
                   .path = "/api/v1/auth/sessions",
                   .operation = "listSessions",
                   .access = Access::user,
                   .handler = endpoint(this, &AccessRoutes::list_sessions),
                   .documentation = {.tag = kTag,
                                     .summary = "List my sessions",
                                     .description = "Where the account is signed in, the one used "
                                                    "last first."}});
  table.push_back({.method = Method::delete_,
                   .path = "/api/v1/auth/sessions/{session_id}",
                   .operation = "endSession",
                   .access = Access::user,
                   .handler = endpoint(this, &AccessRoutes::end_session),
                   .documentation = {.tag = kTag,
                                     .summary = "End a session",
                                     .description = "Ends all of its tokens.",
                                     .success = 204,
                                     .errors = {404}}});
}

Task<http::Reply<ApiKeyList>> AccessRoutes::list_keys(const http::Request& request) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  const auto keys = co_await api_keys_.list(owner->user);
  if (!keys) co_return Failure(keys.error());
  http::Reply<ApiKeyList> reply;
  for (const auto& key : *keys) reply.value.api_keys.push_back(item_of(key));
  co_return reply;
}

Task<http::Reply<CreatedApiKey>> AccessRoutes::create_key(const http::Request& request,
                                                          http::Json<ApiKeyRequest> body) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  auto created =
      co_await api_keys_.create(*request.principal, std::move(body.value), actor_of(request));
  if (!created) co_return Failure(created.error());
  co_return http::Reply<CreatedApiKey>{.value = std::move(*created), .status = 201};
}

Task<http::NoContent> AccessRoutes::revoke_key(const http::Request& request) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  const auto id = ApiKeyId::parse(request.parameters.values[0]);
  if (!id) co_return no_such("API key");
  const auto revoked = co_await api_keys_.revoke(owner->user, *id, actor_of(request));
  if (!revoked) co_return Failure(revoked.error());
  co_return http::NoContent{};
}

Task<http::Reply<SessionList>> AccessRoutes::list_sessions(const http::Request& request) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  const auto sessions = co_await sessions_.list(owner->user);
  if (!sessions) co_return Failure(sessions.error());
  http::Reply<SessionList> reply;
  for (const auto& session : *sessions)
    reply.value.sessions.push_back({{session}, session.id == owner->session});
  co_return reply;
}

Task<http::NoContent> AccessRoutes::end_session(const http::Request& request) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  const auto id = SessionId::parse(request.parameters.values[0]);
  if (!id) co_return no_such("session");
  const auto ended = co_await sessions_.end({owner->user, *id}, actor_of(request));
  if (!ended) co_return Failure(ended.error());
  co_return http::NoContent{};
}

}  // namespace sovereign::registry
