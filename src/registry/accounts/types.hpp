// Accounts, sign-ins and API keys as the registry's rules know them (seed: User Model, API Key
// Management). Secrets are not part of them: those exist as digests in the stores only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "http/request.hpp"
#include "json/table.hpp"
#include "registry/ids.hpp"

namespace sovereign::registry {

enum class Role : std::uint8_t { developer, admin };

struct User {
  UserId id;
  std::string email;
  std::string username;
  Role role = Role::developer;
  bool is_active = true;
  bool is_verified = false;  ///< The email address was proved.
  Timestamp created_at{};
  Timestamp updated_at{};  ///< Grows with every change, also when the clock does not.
};

/// A sign-in and its chain of refresh tokens.
struct Session {
  SessionId id;
  std::string user_agent;  ///< Printable ASCII, at most kMaxUserAgentBytes.
  std::string address;     ///< Of the client at sign-in.
  Timestamp created_at{};
  Timestamp last_used_at{};  ///< Of the last refresh.
  Timestamp expires_at{};    ///< When it ends unless it is refreshed before.
};

struct ApiKey {
  ApiKeyId id;
  std::string lookup_id;  ///< The first characters of the key after its prefix; not secret.
  std::string name;
  std::uint8_t scopes = 0;  ///< Of http::Scope.
  Timestamp created_at{};
  std::optional<Timestamp> expires_at;
  std::optional<Timestamp> last_used_at;  ///< Exact to a minute or so.
};

/// What every request of an account depends on.
struct AccountState {
  bool is_active = false;
  bool is_verified = false;
  Role role = Role::developer;
  Timestamp updated_at{};  ///< Of the account; a newer state replaces an older one.

  bool operator==(const AccountState&) const = default;
};

AccountState state_of(const User& user);

inline constexpr std::size_t kMaxUserAgentBytes = 200;  ///< Enough to tell one's browsers apart.

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::Role> {
  using enum sovereign::registry::Role;
  static constexpr std::array values = {EnumName{developer, "developer"}, EnumName{admin, "admin"}};
};

template <>
struct sovereign::json::Names<sovereign::http::Scope> {
  using enum sovereign::http::Scope;
  static constexpr std::array values = {
      EnumName{agents_read, "agents:read"}, EnumName{agents_write, "agents:write"},
      EnumName{onboard, "onboard"}, EnumName{federation_read, "federation:read"},
      EnumName{admin, "admin"}};
};
