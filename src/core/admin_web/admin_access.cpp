#include "core/admin_web/admin_access.hpp"

#include <utility>

#include "http/cookie.hpp"

namespace sovereign::core {
namespace {

AdminEvent event_of(std::string_view type, std::string_view reason, Actor actor,
                    const http::Request& request) {
  return {.type = type,
          .actor = std::move(actor),
          .reason = reason,
          .correlation_id = request.id,
          .client = request.client_address};
}

std::optional<std::string_view> cookie_of(const http::Request& request) {
  return http::find_cookie(request.header("Cookie"), kSessionCookie);
}

}  // namespace

Error sign_in_hint() {
  return {.code = kind_of(CoreCode::web_unauthorized),
          .detail =
              "Sign in with the admin token: send it as Authorization: Bearer, or run "
              "`opensentience open`. On this machine `opensentience token show` prints it.",
          .name = to_string(CoreCode::web_unauthorized)};
}

Result<void> AdminAccess::check(const http::Request& request, const LoginAttempt& attempt) {
  if (attempt.token.has_value() == attempt.code.has_value()) {
    return base::fail(ErrorCode::unprocessable, "Send either a token or a code.");
  }
  if (attempt.code) {
    if (codes_.redeem(*attempt.code)) return {};
    parts_.denials.record("admin.login_failed", "code", request);
    return fail(CoreCode::web_unauthorized,
                "This login link was used or is too old; run `opensentience open` again.");
  }
  if (const auto wait = throttle_.wait()) {
    return Failure(Error{.code = ErrorCode::too_many_requests,
                         .detail = "Too many failed logins; try again later, or run "
                                   "`opensentience open` on this machine.",
                         .retry_after = wait});
  }
  if (parts_.token.matches(*attempt.token)) return {};
  throttle_.failed();
  parts_.denials.record("admin.login_failed", "token", request);
  return Failure(sign_in_hint());
}

Task<AdminAccess::SignedIn> AdminAccess::login(const http::Request& request, LoginAttempt attempt) {
  if (auto checked = check(request, attempt); !checked) co_return Failure(checked.error());
  if (attempt.token) throttle_.succeeded();
  // The value of a cookie that was there before login is never used on: it could be known.
  if (const auto before = cookie_of(request)) sessions_.close(*before);
  auto opened = sessions_.open();
  SignedIn signed_in{.cookie = std::move(opened.cookie), .session = *opened.session};
  auto event = event_of("admin.login", attempt.code ? "code" : "token",
                        {.type = ActorType::human, .id = signed_in.session.name}, request);
  auto append = parts_.audit.append(std::move(event));
  const auto recorded = co_await std::move(append);
  if (!recorded) {
    sessions_.close(signed_in.cookie);
    co_return Failure(recorded.error());
  }
  co_return signed_in;
}

Task<void> AdminAccess::logout(const http::Request& request) {
  const auto cookie = cookie_of(request);
  const auto* session = session_of(request);
  if (session == nullptr) co_return Result<void>{};
  auto event =
      event_of("admin.logout", "cookie", {.type = ActorType::human, .id = session->name}, request);
  sessions_.close(*cookie);  // First: nobody stays signed in because the log is slow.
  auto append = parts_.audit.append(std::move(event));
  const auto recorded = co_await std::move(append);
  co_return recorded;
}

Task<std::string> AdminAccess::rotate_token(const http::Request& request) {
  auto append =
      parts_.audit.append(event_of("admin.token_rotated", "request", actor_of(request), request));
  const auto recorded = co_await std::move(append);
  if (!recorded) co_return Failure(recorded.error());
  auto rotate = parts_.token.rotate();
  auto token = co_await std::move(rotate);
  if (!token) {
    parts_.audit.note(event_of("admin.token_rotated", "failed", actor_of(request), request));
    co_return token;
  }
  sessions_.close_all();
  codes_.forget_all();
  co_return token;
}

const BrowserSession* AdminAccess::session_of(const http::Request& request) {
  const auto cookie = cookie_of(request);
  return cookie ? sessions_.use(*cookie) : nullptr;
}

}  // namespace sovereign::core
