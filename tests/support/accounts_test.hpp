// A test of the account feature over a database of its own, with what clients do as one-liners.
#pragma once

#include <fmt/format.h>

#include "support/accounts_fixture.hpp"

namespace sovereign::support {

inline constexpr std::string_view kPassword = "plain-river-45-lanterns";
inline constexpr std::string_view kOtherPassword = "seven dry bricks by the gate";

class AccountsTest : public testing::Test {
 protected:
  explicit AccountsTest(Engine engine = Engine::sqlite, AccountsSetup setup = {})
      : database_(engine), feature_(database_.get(), clock_, std::move(setup)) {}

  static Call post_call(std::string_view path, std::string body) {
    return {http::Method::post, fmt::format("/api/v1/auth/{}", path), std::move(body)};
  }
  static Call login_call(std::string_view password = kPassword,
                         std::string_view email = "dev@example.com") {
    return post_call("login", fmt::format(R"({{"email":"{}","password":"{}"}})", email, password));
  }
  static Call register_call(std::string_view email = "Dev@Example.com",
                            std::string_view name = "dev-one") {
    return post_call("register", fmt::format(R"({{"email":"{}","username":"{}","password":"{}"}})",
                                             email, name, kPassword));
  }
  static Call refresh_call(std::string_view token) {
    return post_call("refresh", fmt::format(R"({{"refresh_token":"{}"}})", token));
  }
  static Call confirm_call(std::string_view token, std::string_view password) {
    return post_call("recover/confirm",
                     fmt::format(R"({{"token":"{}","new_password":"{}"}})", token, password));
  }
  static Call recovery_key_call(std::string_view email, std::string_view key,
                                std::string_view password) {
    return post_call("recover/key",
                     fmt::format(R"({{"email":"{}","recovery_key":"{}","new_password":"{}"}})",
                                 email, key, password));
  }

  Answer call(Call one) { return send(feature_.pipeline, std::move(one)); }
  Answer post(std::string_view path, std::string body) { return call(post_call(path, body)); }
  Answer post_as(std::string_view token, std::string_view path, std::string body = {}) {
    return call(with_bearer(token, post_call(path, std::move(body))));
  }
  Answer get_as(std::string_view token, std::string_view path) {
    return call(with_bearer(token, {http::Method::get, fmt::format("/api/v1/auth/{}", path)}));
  }
  Answer delete_as(std::string_view token, std::string_view path) {
    return call(with_bearer(token, {http::Method::delete_, fmt::format("/api/v1/auth/{}", path)}));
  }
  Answer register_dev(std::string_view email = "Dev@Example.com",
                      std::string_view name = "dev-one") {
    return call(register_call(email, name));
  }
  Answer login(std::string_view password = kPassword, std::string_view email = "dev@example.com") {
    return call(login_call(password, email));
  }
  Answer refresh(std::string_view token) { return call(refresh_call(token)); }
  /// The access token of a new session.
  std::string token_of_login() { return login().text("access_token"); }
  /// Of the last letter.
  std::string verification_link() {
    return "/auth/verify-email?token=" + feature_.letters.last_token();
  }

  base::ManualClock clock_;
  RegistryDatabase database_;
  AccountsFeature feature_;
};

}  // namespace sovereign::support
