#include "registry/compat/account_routes.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "registry/accounts/own_session.hpp"
#include "registry/compat/card_routes.hpp"

namespace sovereign::registry {
namespace {

using http::Access;
using http::endpoint;
using http::Method;

std::string bearer_of(const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const auto header = request.header("Authorization");
  if (!http::equals_ignoring_case(header.substr(0, kScheme.size()), kScheme)) return {};
  return std::string(base::trim_ascii(header.substr(kScheme.size())));
}

}  // namespace

void OldAccountRoutes::add_to(http::RouteTable& table) {
  constexpr std::string_view tag = kCompatibilityTag;
  table.push_back({.method = Method::get,
                   .path = "/api/v1/developers/me",
                   .operation = "getDeveloper",
                   .access = Access::user,
                   .handler = endpoint(this, &OldAccountRoutes::me),
                   .documentation = {.tag = tag,
                                     .summary = "Who am I",
                                     .description = "id is a number that stays the same; user_id "
                                                    "is the account's id everywhere else."}});
  table.push_back({.method = Method::get,
                   .path = "/api/v1/auth/profile",
                   .operation = "getDeveloperProfile",
                   .access = Access::user,
                   .handler = endpoint(this, &OldAccountRoutes::profile),
                   .documentation = {.tag = tag, .summary = "Who am I, with organization"}});
  table.push_back({.method = Method::get,
                   .path = "/api/v1/developers/me/agents",
                   .operation = "listOnboardedAgents",
                   .access = Access::user,
                   .handler = endpoint(this, &OldAccountRoutes::agents),
                   .documentation = {.tag = tag,
                                     .summary = "List my agents that came by onboarding",
                                     .description = "Newest first, at most 1000."}});
  add_keys_to(table);
  add_recovery_to(table);
}

void OldAccountRoutes::add_recovery_to(http::RouteTable& table) {
  constexpr std::string_view tag = kCompatibilityTag;
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/auth/recover-account",
       .operation = "exchangeRecoveryKey",
       .limit = "auth.recover",
       .handler = endpoint(this, &OldAccountRoutes::recover),
       .documentation = {.tag = tag,
                         .summary = "Use a recovery key",
                         .description =
                             "The answer's token sets a new password at set-new-password, once, "
                             "within five minutes. Each key works once.",
                         .example_body = R"({"email":"dev@example.com","recovery_key":)"
                                         R"("avrec-0G35Jsa4-qd9sm1lA-3KbiLTJL-xk8LhKzG"})"}});
  table.push_back({.method = Method::post,
                   .path = "/api/v1/auth/set-new-password",
                   .operation = "setNewPassword",
                   .limit = "auth.recover",
                   .handler = endpoint(this, &OldAccountRoutes::set_password),
                   .documentation = {.tag = tag,
                                     .summary = "Set a new password",
                                     .description = "With the token of recover-account as "
                                                    "Authorization: Bearer. Ends all sessions.",
                                     .errors = {401}}});
}

void OldAccountRoutes::add_root_to(http::RouteTable& table) {
  constexpr std::string_view tag = kCompatibilityTag;
  table.push_back({.method = Method::post,
                   .path = "/auth/register",
                   .operation = "registerDeveloper",
                   .limit = "auth.register",
                   .handler = endpoint(this, &OldAccountRoutes::register_account),
                   .documentation = {.tag = tag,
                                     .summary = "Register",
                                     .description = "As /api/v1/auth/register, but an address "
                                                    "that has an account is 400.",
                                     .success = 201,
                                     .errors = {409},
                                     .example_body = R"({"email":"old.dev@example.com",)"
                                                     R"("username":"old-dev",)"
                                                     R"("password":"plain-river-45-lanterns"})"}});
}

Task<DeveloperView> OldAccountRoutes::developer(const http::Request& request) {
  const UserId id{request.principal->subject};
  auto finding = parts_.accounts.find(id);
  auto user = co_await std::move(finding);
  if (!user) co_return Failure(std::move(user.error()));
  auto numbering = parts_.aliases.of(id.uuid);
  const auto number = co_await std::move(numbering);
  if (!number) co_return Failure(number.error());
  co_return DeveloperView{.id = *number,
                          .user_id = id,
                          .name = std::move(user->username),
                          .email = std::move(user->email),
                          .created_at = user->created_at,
                          .is_verified = user->is_verified,
                          .is_admin = user->role == Role::admin};
}

Task<http::Reply<DeveloperView>> OldAccountRoutes::me(const http::Request& request) {
  auto reading = developer(request);
  auto view = co_await std::move(reading);
  if (!view) co_return Failure(std::move(view.error()));
  co_return http::Reply<DeveloperView>{.value = std::move(*view)};
}

Task<http::Reply<DeveloperProfile>> OldAccountRoutes::profile(const http::Request& request) {
  auto reading = developer(request);
  auto view = co_await std::move(reading);
  if (!view) co_return Failure(std::move(view.error()));
  auto asking = parts_.store.organization(view->user_id);
  auto organization = co_await std::move(asking);
  if (!organization) co_return Failure(std::move(organization.error()));
  http::Reply<DeveloperProfile> reply;
  static_cast<DeveloperView&>(reply.value) = std::move(*view);
  reply.value.organization.value = std::move(*organization);
  reply.value.role = reply.value.is_admin ? Role::admin : Role::developer;
  co_return reply;
}

Task<http::Reply<PasswordToken>> OldAccountRoutes::recover(const http::Request& request,
                                                           http::Json<RecoveryKeyExchange> body) {
  auto exchanging = parts_.recovery.exchange_key(
      {std::move(body.value.email), std::move(body.value.recovery_key)}, actor_of(request));
  auto token = co_await std::move(exchanging);
  if (!token && token.error().code == ErrorCode::unauthenticated) {
    co_return base::fail(ErrorCode::malformed, "Invalid email or recovery key.");
  }
  if (!token) co_return Failure(std::move(token.error()));
  co_return http::Reply<PasswordToken>{
      .value = {.access_token = std::move(*token),
                .expires_in = std::chrono::seconds(kPasswordTokenLifetime).count()}};
}

Task<http::Reply<AccountMessage>> OldAccountRoutes::set_password(const http::Request& request,
                                                                 http::Json<NewPassword> body) {
  RecoveryConfirmation confirmation{.token = bearer_of(request),
                                    .new_password = std::move(body.value.new_password)};
  auto confirming = parts_.recovery.confirm(std::move(confirmation), actor_of(request));
  const auto confirmed = co_await std::move(confirming);
  if (!confirmed && confirmed.error().code == ErrorCode::unauthenticated) {
    co_return base::fail(ErrorCode::unauthenticated, "Invalid or expired password recovery token");
  }
  if (!confirmed) co_return Failure(confirmed.error());
  co_return http::Reply<AccountMessage>{.value = {"Password updated successfully."}};
}

Task<http::Prepared<std::vector<OwnedAgent>>> OldAccountRoutes::agents(
    const http::Request& request) {
  const UserId owner{request.principal->subject};
  auto reading = parts_.store.onboarded_of(owner);
  const auto rows = co_await std::move(reading);
  if (!rows) co_return Failure(rows.error());
  auto numbering = parts_.aliases.of(owner.uuid);
  const auto owner_number = co_await std::move(numbering);
  if (!owner_number) co_return Failure(owner_number.error());
  std::vector<OwnedAgent> listed;
  for (const auto& row : *rows) {
    auto asking = parts_.aliases.of(row.id.uuid);
    const auto number = co_await std::move(asking);
    if (!number) co_return Failure(number.error());
    listed.push_back({.id = *number,
                      .did = did_of(row.id),
                      .client_id = row.client_id,
                      .status = std::string(json::name_of(row.status)),
                      .creator_developer_id = *owner_number,
                      .created_at = row.created_at,
                      .last_active_at = {row.last_seen_at}});
  }
  co_return http::Prepared<std::vector<OwnedAgent>>{{.body = json::to_text(listed)}};
}

Task<http::Reply<RegisteredUser>> OldAccountRoutes::register_account(
    const http::Request& request, http::Json<Registration> body) {
  auto registering = parts_.accounts.register_account(std::move(body.value), actor_of(request));
  auto registered = co_await std::move(registering);
  if (registered) {
    co_return http::Reply<RegisteredUser>{.value = std::move(*registered), .status = 201};
  }
  const auto& error = registered.error();
  const bool is_email = !error.fields.empty() && error.fields.front().pointer == "/email";
  if (error.code == ErrorCode::conflict && is_email) {
    co_return base::fail(ErrorCode::malformed, "Email already registered.");
  }
  co_return Failure(error);
}

}  // namespace sovereign::registry
