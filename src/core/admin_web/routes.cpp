#include "core/admin_web/routes.hpp"

#include <utility>

#include "core/admin_web/authenticator.hpp"
#include "http/cookie.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kTag = "Sign-in";

SessionView view_of(const BrowserSession& session) {
  return {.actor = session.name,
          .csrf_token = session.csrf_token,
          .expires_at = BrowserSessions::expiry_of(session)};
}

http::ResponseHeader cookie_header(std::string_view value, std::chrono::seconds max_age) {
  return {"Set-Cookie",
          http::to_header({.name = kSessionCookie, .value = value, .max_age = max_age})};
}

Result<void> expect_local(const http::Request& request) {
  if (request.peer) return {};
  return fail(CoreCode::permission_denied,
              "This is answered over the Unix-domain socket only; use the command line.");
}

}  // namespace

void AdminRoutes::add_to(http::RouteTable& table) {
  add_session_routes(table);
  add_token_routes(table);
}

void AdminRoutes::add_session_routes(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/auth/login",
       .operation = "login",
       .access = http::Access::anonymous,
       .handler = http::endpoint(this, &AdminRoutes::login),
       .documentation = {.tag = kTag,
                         .summary = "Sign a browser in",
                         .description = "With the admin token, or with the one-time code of a "
                                        "login link. Sets the session's cookie.",
                         .errors = {401, 429},
                         .example_body = R"({"code":"0123456789abcdefghijABCDEFGHIJ"})"}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/auth/logout",
       .operation = "logout",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &AdminRoutes::logout),
       .documentation = {.tag = kTag, .summary = "End this browser's session", .success = 204}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/auth/session",
                   .operation = "getSession",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &AdminRoutes::show_session),
                   .documentation = {.tag = kTag,
                                     .summary = "Who is signed in",
                                     .description = "For a browser also its CSRF token."}});
}

void AdminRoutes::add_token_routes(http::RouteTable& table) {
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/auth/token",
                   .operation = "getToken",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &AdminRoutes::show_token),
                   .documentation = {.tag = kTag,
                                     .summary = "The admin token",
                                     .description = "Over the Unix-domain socket only.",
                                     .errors = {409}}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/auth/token/rotate",
       .operation = "rotateToken",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &AdminRoutes::rotate_token),
       .documentation = {.tag = kTag,
                         .summary = "Make a new admin token",
                         .description = "The old one is worth nothing from then on, and every "
                                        "browser's session ends. The new token is in its file, "
                                        "and in the answer over the Unix-domain socket."}});
  table.push_back({.method = http::Method::post,
                   .path = "/api/v1/auth/login-link",
                   .operation = "createLoginLink",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &AdminRoutes::make_login_link),
                   .documentation = {.tag = kTag,
                                     .summary = "A one-time link that signs a browser in",
                                     .description = "Good for two minutes. Over the Unix-domain "
                                                    "socket only."}});
}

Task<http::Reply<SessionView>> AdminRoutes::login(const http::Request& request,
                                                  http::Json<LoginRequest> body) {
  LoginAttempt attempt{.token = std::move(body.value.token), .code = std::move(body.value.code)};
  auto login = access_.login(request, std::move(attempt));
  auto signed_in = co_await std::move(login);
  if (!signed_in) co_return Failure(std::move(signed_in.error()));
  http::Reply<SessionView> reply{.value = view_of(signed_in->session)};
  reply.headers.push_back(cookie_header(signed_in->cookie, BrowserSessions::kLifetime));
  co_return reply;
}

Task<http::Response> AdminRoutes::logout(const http::Request& request) {
  auto logout = access_.logout(request);
  const auto ended = co_await std::move(logout);
  if (!ended) co_return Failure(ended.error());
  http::Response response{.status = 204};
  response.headers.push_back(cookie_header("", std::chrono::seconds{0}));
  co_return response;
}

Result<http::Reply<SessionView>> AdminRoutes::show_session(const http::Request& request) {
  const auto& actor = request.principal->session;
  const auto* session = access_.session_of(request);
  if (session != nullptr && session->name == actor) {
    return http::Reply<SessionView>{.value = view_of(*session)};
  }
  return http::Reply<SessionView>{.value = {.actor = actor}};
}

Task<http::Reply<TokenView>> AdminRoutes::rotate_token(const http::Request& request) {
  auto rotate = access_.rotate_token(request);
  auto token = co_await std::move(rotate);
  if (!token) co_return Failure(std::move(token.error()));
  http::Reply<TokenView> reply;
  if (request.peer) reply.value.token = std::move(*token);
  co_return reply;
}

Task<http::Reply<TokenView>> AdminRoutes::show_token(const http::Request& request) {
  if (auto checked = expect_local(request); !checked) co_return Failure(checked.error());
  auto read = access_.read_token();
  auto token = co_await std::move(read);
  if (!token) co_return Failure(std::move(token.error()));
  co_return http::Reply<TokenView>{.value = {.token = std::move(*token)}};
}

Result<http::Reply<LoginLink>> AdminRoutes::make_login_link(const http::Request& request) {
  if (auto checked = expect_local(request); !checked) return Failure(checked.error());
  auto code = access_.issue_code();
  const auto lifetime = std::chrono::seconds(LoginCodes::kLifetime).count();
  return http::Reply<LoginLink>{
      .value = {.code = code, .path = "/login?code=" + code, .expires_in = lifetime}};
}

}  // namespace sovereign::core
