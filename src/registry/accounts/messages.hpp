// The bodies of the account routes, with their field tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "json/table.hpp"
#include "registry/accounts/names.hpp"
#include "registry/accounts/types.hpp"

namespace sovereign::registry {

struct Registration {
  std::string email;
  std::string username;
  std::string password;
};

/// A user with the recovery keys, shown once.
struct RegisteredUser {
  User user;
  std::string message;
  std::vector<std::string> recovery_keys;
};

struct Credentials {
  std::string email;
  std::string password;
};

/// What a session is recognised by in the list of sessions.
struct Device {
  std::string user_agent;
  std::string address;
};

/// The tokens of a session, as login and refresh answer them.
struct SignedIn {
  std::string access_token;
  std::string token_type = "bearer";
  std::int64_t expires_in = 0;  ///< Seconds.
  std::string refresh_token;
  User user;
};

struct RefreshRequest {
  std::string refresh_token;
};

struct PasswordChange {
  std::string current_password;
  std::string new_password;
};

struct RecoveryRequest {
  std::string email;
};

struct RecoveryConfirmation {
  std::string token;
  std::string new_password;
};

struct RecoveryByKey {
  std::string email;
  std::string recovery_key;
  std::string new_password;
};

struct Message {
  std::string message;
};

struct VerificationQuery {
  std::string token;
};

struct VerificationAnswer {
  std::string status;
};

struct SessionItem {
  Session session;
  bool current = false;
};

struct SessionList {
  std::vector<SessionItem> sessions;
};

struct ApiKeyRequest {
  std::string name;
  std::vector<http::Scope> scopes;
  std::optional<std::int64_t> expires_in_days;
  std::optional<Timestamp> expires_at;
};

/// An API key as answers show it.
struct ApiKeyItem {
  ApiKeyId id;
  std::string name;
  std::string prefix;  ///< The start of the key, to recognise it by.
  std::vector<http::Scope> scopes;
  Timestamp created_at{};
  std::optional<Timestamp> expires_at;
  std::optional<Timestamp> last_used_at;
};

struct ApiKeyList {
  std::vector<ApiKeyItem> api_keys;
};

struct CreatedApiKey {
  ApiKeyItem item;
  std::string key;  ///< Shown this once.
};

inline constexpr std::size_t kMaxEmailLength = 254;  ///< RFC 5321 section 4.5.3.1.3, less <>.
inline constexpr std::size_t kMaxSecretLength = 100;  ///< Of tokens and keys of ours.

}  // namespace sovereign::registry
