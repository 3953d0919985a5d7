// Signing in and out over HTTP.
#pragma once

#include "core/admin_web/admin_access.hpp"
#include "core/admin_web/messages.hpp"
#include "http/endpoint.hpp"

namespace sovereign::core {

class AdminRoutes {
 public:
  /// `access` must outlive it, and it the table.
  explicit AdminRoutes(AdminAccess& access) : access_(access) {}
  void add_to(http::RouteTable& table);

 private:
  void add_session_routes(http::RouteTable& table);
  void add_token_routes(http::RouteTable& table);

  Task<http::Reply<SessionView>> login(const http::Request& request, http::Json<LoginRequest> body);
  Task<http::Response> logout(const http::Request& request);
  Result<http::Reply<SessionView>> show_session(const http::Request& request);
  Task<http::Reply<TokenView>> rotate_token(const http::Request& request);
  Task<http::Reply<TokenView>> show_token(const http::Request& request);
  Result<http::Reply<LoginLink>> make_login_link(const http::Request& request);

  AdminAccess& access_;
};

}  // namespace sovereign::core
