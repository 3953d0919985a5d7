#include "registry/accounts/routes.hpp"

#include <algorithm>
#include <utility>

#include "registry/accounts/own_session.hpp"

namespace sovereign::registry {
namespace {

using http::Access;
using http::endpoint;
using http::Method;

constexpr std::string_view kTag = "Authentication";

/// Headers may hold any byte; what is shown to people and stored as text may not.
std::string printable(std::string_view header) {
  std::string text(header.substr(0, kMaxUserAgentBytes));
  std::ranges::replace_if(text, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

Device device_of(const http::Request& request) {
  return {.user_agent = printable(request.header("User-Agent")), .address = request.client_address};
}

}  // namespace

void AccountRoutes::add_to(http::RouteTable& table) {
  add_sign_in_to(table);
  add_account_to(table);
  add_recovery_to(table);
}

void AccountRoutes::add_sign_in_to(http::RouteTable& table) {
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/auth/register",
       .operation = "registerAccount",
       .limit = "auth.register",
       .handler = endpoint(this, &AccountRoutes::register_account),
       .documentation = {
           .tag = kTag,
           .summary = "Register",
           .description = "Makes a developer account. The answer holds three recovery keys, each "
                          "of which sets a new password once. A link that confirms the email "
                          "address is sent.",
           .success = 201,
           .errors = {409},
           .example_body = R"({"email":"new.dev@example.com","username":"new-dev",)"
                           R"("password":"plain-river-45-lanterns"})"}});
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/auth/login",
       .operation = "login",
       .limit = "auth.login",
       .handler = endpoint(this, &AccountRoutes::login),
       .documentation = {.tag = kTag,
                         .summary = "Sign in",
                         .description = "Takes JSON, or an OAuth2 password form whose `username` "
                                        "is the email address.",
                         .errors = {401},
                         .example_body = R"({"email":"new.dev@example.com",)"
                                         R"("password":"plain-river-45-lanterns"})"}});
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/auth/refresh",
       .operation = "refreshTokens",
       .handler = endpoint(this, &AccountRoutes::refresh),
       .documentation = {.tag = kTag,
                         .summary = "Get new tokens",
                         .description = "A refresh token works once and is answered by the next "
                                        "one. Sending a used one ends the whole session.",
                         .errors = {401}}});
  table.push_back({.method = Method::post,
                   .path = "/api/v1/auth/logout",
                   .operation = "logout",
                   .access = Access::user,
                   .handler = endpoint(this, &AccountRoutes::logout),
                   .documentation = {.tag = kTag,
                                     .summary = "Sign out",
                                     .description = "Ends the session with all of its tokens.",
                                     .success = 204}});
}

void AccountRoutes::add_account_to(http::RouteTable& table) {
  table.push_back({.method = Method::get,
                   .path = "/api/v1/auth/me",
                   .operation = "getOwnAccount",
                   .access = Access::user,
                   .handler = endpoint(this, &AccountRoutes::me),
                   .documentation = {.tag = kTag, .summary = "Who am I"}});
  table.push_back(
      {.method = Method::put,
       .path = "/api/v1/auth/password",
       .operation = "changePassword",
       .access = Access::user,
       .limit = "auth.login",
       .handler = endpoint(this, &AccountRoutes::change_password),
       .documentation = {.tag = kTag,
                         .summary = "Change the password",
                         .description = "Ends all other sessions. 403 when the current password "
                                        "is wrong.",
                         .success = 204,
                         .errors = {409}}});
  table.push_back({.method = Method::post,
                   .path = "/api/v1/auth/verify-email/resend",
                   .operation = "resendVerification",
                   .access = Access::user,
                   .limit = "auth.recover",
                   .handler = endpoint(this, &AccountRoutes::resend_verification),
                   .documentation = {.tag = kTag,
                                     .summary = "Send another confirmation link",
                                     .description = "409 when the address is confirmed already.",
                                     .success = 202,
                                     .errors = {409}}});
  table.push_back(verification_row("/auth/verify-email", "verifyEmail"));
  table.push_back(verification_row("/api/v1/auth/verify-email", "verifyEmailV1"));
}

http::Route AccountRoutes::verification_row(std::string_view path, std::string_view operation) {
  return {.method = Method::get,
          .path = path,
          .operation = operation,
          .handler = endpoint(this, &AccountRoutes::verify_email),
          .documentation = {.tag = kTag,
                            .summary = "Confirm an email address",
                            .description = "The link sent by mail: it works once, for 24 hours. "
                                           "HEAD only tells whether it would.",
                            .errors = {404, 409}}};
}

void AccountRoutes::add_recovery_to(http::RouteTable& table) {
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/auth/recover",
       .operation = "requestRecovery",
       .limit = "auth.recover",
       .handler = endpoint(this, &AccountRoutes::recover),
       .documentation = {.tag = kTag,
                         .summary = "Ask for a recovery link",
                         .description = "The same answer for any address; an account there gets a "
                                        "link that works once, for 30 minutes.",
                         .success = 202,
                         .example_body = R"({"email":"dev@example.com"})"}});
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/auth/recover/confirm",
       .operation = "confirmRecovery",
       .limit = "auth.recover",
       .handler = endpoint(this, &AccountRoutes::confirm_recovery),
       .documentation = {.tag = kTag,
                         .summary = "Set a new password by a recovery link",
                         .description = "Takes the token of the link. Ends all sessions.",
                         .success = 204,
                         .errors = {401}}});
  table.push_back(
      {.method = Method::post,
       .path = "/api/v1/auth/recover/key",
       .operation = "recoverByKey",
       .limit = "auth.recover",
       .handler = endpoint(this, &AccountRoutes::recover_by_key),
       .documentation = {.tag = kTag,
                         .summary = "Set a new password by a recovery key",
                         .description = "Each of the three keys shown at registration works once. "
                                        "Ends all sessions.",
                         .success = 204,
                         .errors = {401}}});
}

Task<http::Reply<RegisteredUser>> AccountRoutes::register_account(const http::Request& request,
                                                                  http::Json<Registration> body) {
  auto registered = co_await accounts_.register_account(std::move(body.value), actor_of(request));
  if (!registered) co_return Failure(registered.error());
  co_return http::Reply<RegisteredUser>{.value = std::move(*registered), .status = 201};
}

Task<http::Reply<SignedIn>> AccountRoutes::login(const http::Request& request,
                                                 http::JsonOrForm<Credentials> body) {
  auto signed_in =
      co_await sessions_.sign_in(std::move(body.value), device_of(request), actor_of(request));
  if (!signed_in) co_return Failure(signed_in.error());
  co_return http::Reply<SignedIn>{.value = std::move(*signed_in)};
}

Task<http::Reply<SignedIn>> AccountRoutes::refresh(const http::Request& request,
                                                   http::Json<RefreshRequest> body) {
  auto signed_in =
      co_await sessions_.refresh(std::move(body.value.refresh_token), actor_of(request));
  if (!signed_in) co_return Failure(signed_in.error());
  co_return http::Reply<SignedIn>{.value = std::move(*signed_in)};
}

Task<http::NoContent> AccountRoutes::logout(const http::Request& request) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  const auto ended = co_await sessions_.end(*owner, actor_of(request));
  if (!ended) co_return Failure(ended.error());
  co_return http::NoContent{};
}

Task<http::Reply<User>> AccountRoutes::me(const http::Request& request) {
  auto user = co_await accounts_.find({request.principal->subject});
  if (!user) co_return Failure(user.error());
  co_return http::Reply<User>{.value = std::move(*user)};
}

Task<http::NoContent> AccountRoutes::change_password(const http::Request& request,
                                                     http::Json<PasswordChange> body) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  const auto changed =
      co_await accounts_.change_password(*owner, std::move(body.value), actor_of(request));
  if (!changed) co_return Failure(changed.error());
  co_return http::NoContent{};
}

Task<http::Reply<AccountMessage>> AccountRoutes::recover(const http::Request&,
                                                         http::Json<RecoveryRequest> body) {
  const auto requested = co_await recovery_.request_link(std::move(body.value.email));
  if (!requested) co_return Failure(requested.error());
  co_return http::Reply<AccountMessage>{
      .value = {"If there is an account with this address, a recovery link is on its way."},
      .status = 202};
}

Task<http::NoContent> AccountRoutes::confirm_recovery(const http::Request& request,
                                                      http::Json<RecoveryConfirmation> body) {
  const auto confirmed = co_await recovery_.confirm(std::move(body.value), actor_of(request));
  if (!confirmed) co_return Failure(confirmed.error());
  co_return http::NoContent{};
}

Task<http::NoContent> AccountRoutes::recover_by_key(const http::Request& request,
                                                    http::Json<RecoveryByKey> body) {
  const auto recovered = co_await recovery_.use_key(std::move(body.value), actor_of(request));
  if (!recovered) co_return Failure(recovered.error());
  co_return http::NoContent{};
}

Task<http::Reply<AccountMessage>> AccountRoutes::resend_verification(const http::Request& request) {
  const auto owner = own_session(request);
  if (!owner) co_return Failure(owner.error());
  const auto sent = co_await recovery_.send_verification(owner->user);
  if (!sent) co_return Failure(sent.error());
  co_return http::Reply<AccountMessage>{
      .value = {"A link that confirms the email address is on its way."}, .status = 202};
}

Task<http::Reply<VerificationAnswer>> AccountRoutes::verify_email(
    const http::Request& request, http::Query<VerificationQuery> query) {
  // Mail scanners look at links before people do.
  auto verifying = request.method == Method::head
                       ? recovery_.check_verification(std::move(query.value.token))
                       : recovery_.verify_email(std::move(query.value.token), actor_of(request));
  const auto verified = co_await std::move(verifying);
  if (!verified) co_return Failure(verified.error());
  co_return http::Reply<VerificationAnswer>{.value = {"verified"}};
}

}  // namespace sovereign::registry
