// Who sends a request to the Core: the operator, by the Unix-domain socket, the admin token or a
// browser's session. There is nobody else.
#pragma once

#include <sys/types.h>

#include <optional>

#include "core/admin_web/admin_access.hpp"
#include "http/authenticator.hpp"

namespace sovereign::core {

inline constexpr std::string_view kCsrfHeader = "X-CSRF-Token";

/// Principals are administrators whose `session` is the actor's id: "admin.sock", "bearer" or
/// "web:<short id>". Errors: web.unauthorized, and web.csrf for a browser's request that changes
/// something without the session's CSRF token.
class CoreAuthenticator final : public http::Authenticator {
 public:
  /// `own_uid` and root are the operator. `access` must outlive it.
  CoreAuthenticator(AdminAccess& access, uid_t own_uid) : access_(access), own_uid_(own_uid) {}

  bool has_credentials(const http::Request& request) const override;
  std::optional<Result<http::Principal>> authenticate_now(const http::Request& request) override;
  Task<http::Principal> authenticate(const http::Request& request) override;
  /// Not after a logout, nor after a rotation of the token.
  bool is_current(const http::Principal& principal) const override;

 private:
  Result<http::Principal> check(const http::Request& request);
  Result<http::Principal> check_peer(const http::LocalPeer& peer) const;
  Result<http::Principal> check_bearer(std::string_view authorization) const;
  Result<http::Principal> check_session(const http::Request& request);

  AdminAccess& access_;
  const uid_t own_uid_;
};

}  // namespace sovereign::core
