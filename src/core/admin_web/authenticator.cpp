#include "core/admin_web/authenticator.hpp"

#include <utility>

#include "base/encoding.hpp"
#include "crypto/digest.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kScheme = "bearer ";
constexpr std::string_view kSocketActor = "admin.sock";
constexpr std::string_view kBearerActor = "bearer";

http::Principal operator_as(std::string_view actor) {
  return {.kind = http::PrincipalKind::user, .is_admin = true, .session = std::string(actor)};
}

bool is_safe(http::Method method) {
  return method == http::Method::get || method == http::Method::head ||
         method == http::Method::options;
}

}  // namespace

bool CoreAuthenticator::has_credentials(const http::Request& request) const {
  return request.peer || request.has_header("Authorization") ||
         request.header("Cookie").contains(kSessionCookie);
}

std::optional<Result<http::Principal>> CoreAuthenticator::authenticate_now(
    const http::Request& request) {
  return check(request);
}

Task<http::Principal> CoreAuthenticator::authenticate(const http::Request& request) {
  co_return check(request);
}

bool CoreAuthenticator::is_current(const http::Principal& principal) const {
  if (principal.session == kSocketActor) return true;
  if (principal.session == kBearerActor) {
    return principal.generation == access_.token().generation();
  }
  return access_.is_session_open(principal.session);
}

Result<http::Principal> CoreAuthenticator::check(const http::Request& request) {
  if (request.peer) return check_peer(*request.peer);
  if (request.has_header("Authorization")) return check_bearer(request.header("Authorization"));
  return check_session(request);
}

Result<http::Principal> CoreAuthenticator::check_peer(const http::LocalPeer& peer) const {
  if (peer.uid == own_uid_ || peer.uid == 0) return operator_as(kSocketActor);
  return fail(CoreCode::web_unauthorized, "This socket is for the user who runs the daemon.");
}

Result<http::Principal> CoreAuthenticator::check_bearer(std::string_view authorization) const {
  const bool is_bearer =
      authorization.size() > kScheme.size() &&
      http::equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme);
  if (!is_bearer || !access_.token().matches(authorization.substr(kScheme.size()))) {
    return Failure(sign_in_hint());
  }
  auto principal = operator_as(kBearerActor);
  principal.generation = access_.token().generation();
  return principal;
}

Result<http::Principal> CoreAuthenticator::check_session(const http::Request& request) {
  const auto* session = access_.session_of(request);
  if (session == nullptr) return Failure(sign_in_hint());
  const auto given = request.header(kCsrfHeader);
  if (is_safe(request.method) || crypto::equal_constant_time(given, session->csrf_token)) {
    return operator_as(session->name);
  }
  access_.denials().record("security.denied", "csrf", request);
  return fail(CoreCode::web_csrf,
              "Send the session's CSRF token as X-CSRF-Token; GET /api/v1/auth/session has it.");
}

}  // namespace sovereign::core
