// What the auth routes take and answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "base/clock.hpp"
#include "json/table.hpp"

namespace sovereign::core {

/// Body of login: exactly one of the two.
struct LoginRequest {
  std::optional<std::string> token;
  std::optional<std::string> code;
};

/// Who is signed in. The last two are of browsers only.
struct SessionView {
  std::string actor;
  std::optional<std::string> csrf_token;
  std::optional<base::Timestamp> expires_at;
};

/// The token itself only over the Unix-domain socket.
struct TokenView {
  std::optional<std::string> token;
};

struct LoginLink {
  std::string code;
  std::string path;  ///< To open in a browser, below the Core's address.
  std::int64_t expires_in = 0;
};

}  // namespace sovereign::core

template <>
struct sovereign::json::Table<sovereign::core::LoginRequest> {
  using T = sovereign::core::LoginRequest;
  static constexpr std::string_view name = "AdminLogin";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("token", &T::token,
            {.description = "The admin token; `opensentience token show` prints it.",
             .max_length = 256}),
      field("code", &T::code,
            {.description = "A one-time code of a login link, instead.", .max_length = 256}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::SessionView> {
  using T = sovereign::core::SessionView;
  static constexpr std::string_view name = "AdminSession";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("actor", &T::actor,
            {.description = "How you came in: admin.sock, bearer, or web: and a session's name.",
             .example = R"("web:3f9a01bc")"}),
      field("csrf_token", &T::csrf_token,
            {.description = "To send as X-CSRF-Token with what changes something. Browsers only."}),
      field("expires_at", &T::expires_at,
            {.description = "When the session ends if it is not used again. Browsers only."}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::TokenView> {
  using T = sovereign::core::TokenView;
  static constexpr std::string_view name = "AdminToken";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("token", &T::token,
            {.description = "The admin token; only over the Unix-domain socket."}),
  };
};

template <>
struct sovereign::json::Table<sovereign::core::LoginLink> {
  using T = sovereign::core::LoginLink;
  static constexpr std::string_view name = "LoginLink";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("code", &T::code, {.description = "Signs one browser in, once."}),
      field("path", &T::path,
            {.description = "The page to open in a browser.", .example = R"("/login?code=...")"}),
      field("expires_in", &T::expires_in, {.description = "Seconds.", .example = "120"}),
  };
};
