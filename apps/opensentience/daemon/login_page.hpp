// What `opensentience open` opens: signs the browser in with the link's code and goes on.
#pragma once

#include "core/admin_web/admin_access.hpp"
#include "http/endpoint.hpp"

namespace sovereign::opensentience {

struct LoginCode {
  std::string code;
};

}  // namespace sovereign::opensentience

template <>
struct sovereign::json::Table<sovereign::opensentience::LoginCode> {
  using T = sovereign::opensentience::LoginCode;
  static constexpr std::string_view name = "LoginCode";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{field("code", &T::code, {.max_length = 256})};
};

namespace sovereign::opensentience {

class LoginPage {
 public:
  /// `access` must outlive it, and it the table.
  explicit LoginPage(core::AdminAccess& access) : access_(access) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Response> login(const http::Request& request, http::Query<LoginCode> query);

  core::AdminAccess& access_;
};

}  // namespace sovereign::opensentience
