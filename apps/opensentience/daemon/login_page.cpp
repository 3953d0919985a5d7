#include "daemon/login_page.hpp"

#include "http/cookie.hpp"

namespace sovereign::opensentience {

void LoginPage::add_to(http::RouteTable& table) {
  // A page: not part of the described API.
  table.push_back({.path = "/login",
                   .operation = "getLoginPage",
                   .access = http::Access::anonymous,
                   .handler = http::endpoint(this, &LoginPage::login),
                   .documentation = {}});
}

Task<http::Response> LoginPage::login(const http::Request& request, http::Query<LoginCode> query) {
  auto login = access_.login(request, {.token = std::nullopt, .code = std::move(query.value.code)});
  const auto signed_in = co_await std::move(login);
  if (!signed_in) co_return Failure(signed_in.error());
  http::Response response{.status = 303};
  response.headers.push_back({"Location", "/docs"});
  response.headers.push_back(
      {"Set-Cookie", http::to_header({.name = core::kSessionCookie,
                                      .value = signed_in->cookie,
                                      .max_age = core::BrowserSessions::kLifetime})});
  co_return response;
}

}  // namespace sovereign::opensentience
