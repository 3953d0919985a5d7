// Signing in and out of the Core: the decisions behind the auth routes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "core/admin_web/admin_audit.hpp"
#include "core/admin_web/admin_token.hpp"
#include "core/admin_web/browser_sessions.hpp"
#include "core/admin_web/denial_log.hpp"
#include "core/admin_web/login_codes.hpp"
#include "core/admin_web/login_throttle.hpp"
#include "core/errors.hpp"
#include "http/request.hpp"

namespace sovereign::core {

/// What who has no valid credentials is told, wherever: how to get them, and nothing else.
Error sign_in_hint();

/// Exactly one of the two.
struct LoginAttempt {
  std::optional<std::string> token;
  std::optional<std::string> code;
};

struct AdminAccessParts {
  AdminToken& token;
  AdminAudit& audit;
  DenialLog& denials;
  const base::Clock& clock;
  base::Random& random;
};

/// Loop thread only. Requests are looked at for who sends them and their id.
class AdminAccess {
 public:
  /// All must outlive it.
  explicit AdminAccess(AdminAccessParts parts)
      : parts_(parts),
        sessions_(parts.clock, parts.random),
        codes_(parts.clock, parts.random),
        throttle_(parts.clock) {}

  struct SignedIn {
    std::string cookie;
    BrowserSession session;
  };
  /// Opens a session in place of the one that the request's cookie names, if any. Codes are not
  /// throttled: they cannot be guessed, and `opensentience open` works while somebody tries tokens.
  /// Errors: `unprocessable` (not exactly one of token and code), web.unauthorized,
  /// `too_many_requests` with the time to wait, `unavailable` (not audited).
  Task<SignedIn> login(const http::Request& request, LoginAttempt attempt);

  /// Ends the session of the request's cookie; without one nothing happens.
  Task<void> logout(const http::Request& request);

  /// A new token; all sessions and codes end. Errors: as AdminToken::rotate, `unavailable`.
  Task<std::string> rotate_token(const http::Request& request);
  Task<std::string> read_token() const { return parts_.token.read(); }

  std::string issue_code() { return codes_.issue(); }

  /// The session of the request's cookie, which counts as used; null without a good one.
  const BrowserSession* session_of(const http::Request& request);

  /// Whether the session of this name has not ended.
  bool is_session_open(std::string_view name) const { return sessions_.is_open(name); }

  const AdminToken& token() const { return parts_.token; }
  DenialLog& denials() { return parts_.denials; }

 private:
  /// Whether the attempt is good; records it when it is not.
  Result<void> check(const http::Request& request, const LoginAttempt& attempt);

  AdminAccessParts parts_;
  BrowserSessions sessions_;
  LoginCodes codes_;
  LoginThrottle throttle_;
};

}  // namespace sovereign::core
