// The API keys of account_routes.hpp.
#include <charconv>
#include <utility>

#include "registry/accounts/own_session.hpp"
#include "registry/compat/account_routes.hpp"
#include "registry/compat/card_routes.hpp"

namespace sovereign::registry {
namespace {

using http::Access;
using http::endpoint;
using http::Method;

/// What keys of old could do: everything but administration.
const std::vector<http::Scope> kOldScopes = {http::Scope::agents_read, http::Scope::agents_write,
                                             http::Scope::onboard};

Failure no_such_key() {
  return base::fail(ErrorCode::not_found, "API Key not found or not owned by the current user.");
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

}  // namespace

void OldAccountRoutes::add_keys_to(http::RouteTable& table) {
  constexpr std::string_view tag = kCompatibilityTag;
  table.push_back({.method = Method::get,
                   .path = "/api/v1/developers/me/apikeys",
                   .operation = "listDescribedApiKeys",
                   .access = Access::user,
                   .handler = endpoint(this, &OldAccountRoutes::list_keys),
                   .documentation = {.tag = tag,
                                     .summary = "List my API keys",
                                     .description = "Those that work, newest first."}});
  table.push_back({.method = Method::post,
                   .path = "/api/v1/developers/me/apikeys",
                   .operation = "createDescribedApiKey",
                   .access = Access::user,
                   .handler = endpoint(this, &OldAccountRoutes::create_key),
                   .documentation = {.tag = tag,
                                     .summary = "Make an API key",
                                     .description = "It may read and write agents and onboard "
                                                    "them. The key is in this answer only.",
                                     .success = 201,
                                     .errors = {409}}});
  table.push_back({.method = Method::delete_,
                   .path = "/api/v1/developers/me/apikeys/{key_number}",
                   .operation = "revokeDescribedApiKey",
                   .access = Access::user,
                   .handler = endpoint(this, &OldAccountRoutes::revoke_key),
                   .documentation = {.tag = tag,
                                     .summary = "Revoke an API key",
                                     .description = "By its number; once more is no error.",
                                     .success = 204,
                                     .errors = {404, 422}}});
}

Task<OldApiKey> OldAccountRoutes::old_key(ApiKeyItem key) {
  auto numbering = parts_.aliases.of(key.id.uuid);
  const auto number = co_await std::move(numbering);
  if (!number) co_return Failure(number.error());
  co_return OldApiKey{.id = *number,
                      .key_prefix = std::move(key.prefix),
                      .description = std::move(key.name),
                      .created_at = key.created_at,
                      .last_used_at = {key.last_used_at}};
}

Task<http::Prepared<std::vector<OldApiKey>>> OldAccountRoutes::list_keys(
    const http::Request& request) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  auto listing = parts_.api_keys.list(owner->user);
  const auto keys = co_await std::move(listing);
  if (!keys) co_return Failure(keys.error());
  std::vector<OldApiKey> listed;
  for (const auto& key : *keys) {
    auto naming = old_key(item_of(key));
    auto old = co_await std::move(naming);
    if (!old) co_return Failure(std::move(old.error()));
    listed.push_back(std::move(*old));
  }
  co_return http::Prepared<std::vector<OldApiKey>>{{.body = json::to_text(listed)}};
}

Task<http::Reply<NewOldApiKey>> OldAccountRoutes::create_key(
    const http::Request& request, http::OptionalJson<OldApiKeyRequest> body) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  auto name = std::move(body.value.description).value_or(std::string());
  if (name.empty()) name = "API key";
  ApiKeyRequest wanted{.name = std::move(name), .scopes = kOldScopes};
  auto creating = parts_.api_keys.create(*request.principal, std::move(wanted), actor_of(request));
  auto created = co_await std::move(creating);
  if (!created) co_return Failure(std::move(created.error()));
  auto naming = old_key(*created);
  auto old = co_await std::move(naming);
  if (!old) co_return Failure(std::move(old.error()));
  co_return http::Reply<NewOldApiKey>{.value = {.plain_api_key = created->key,
                                                .api_key = created->key,
                                                .api_key_info = std::move(*old)},
                                      .status = 201};
}

Task<http::NoContent> OldAccountRoutes::revoke_key(const http::Request& request) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  const auto number = number_of(request.parameters.values[0]);
  if (!number) {
    co_return base::fail(ErrorCode::unprocessable, "The key's number in the path must be one.");
  }
  auto finding = parts_.aliases.find(*number);
  const auto id = co_await std::move(finding);
  if (!id) co_return Failure(id.error());
  if (!*id) co_return no_such_key();
  auto revoking = parts_.api_keys.revoke(owner->user, ApiKeyId{**id}, actor_of(request));
  const auto revoked = co_await std::move(revoking);
  if (!revoked && revoked.error().code == ErrorCode::not_found) co_return no_such_key();
  if (!revoked) co_return Failure(revoked.error());
  co_return http::NoContent{};
}

}  // namespace sovereign::registry
