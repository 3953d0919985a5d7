// Accounts and API keys as older clients send and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "json/nullable.hpp"
#include "json/table.hpp"
#include "registry/accounts/messages.hpp"

namespace sovereign::registry {

/// The answer of /developers/me.
struct DeveloperView {
  std::int64_t id = 0;
  UserId user_id;
  std::string name;
  std::string email;
  Timestamp created_at{};
  bool is_verified = false;
  bool is_admin = false;
};

/// The answer of /auth/profile.
struct DeveloperProfile : DeveloperView {
  json::Nullable<std::string> organization;
  Role role = Role::developer;
};

struct OldApiKeyRequest {
  std::optional<std::string> description;
};

struct OldApiKey {
  std::int64_t id = 0;
  std::string key_prefix;
  std::string description;
  Timestamp created_at{};
  json::Nullable<Timestamp> last_used_at;
  bool is_active = true;
};

/// The one answer with the key itself.
struct NewOldApiKey {
  std::string plain_api_key;
  std::string api_key;  ///< The same.
  OldApiKey api_key_info;
};

struct RecoveryKeyExchange {
  std::string email;
  std::string recovery_key;
};

struct PasswordToken {
  std::string access_token;
  std::string token_type = "bearer";
  std::int64_t expires_in = 0;  ///< Seconds.
};

struct NewPassword {
  std::string new_password;
};

/// An onboarded agent of a developer.
struct OwnedAgent {
  std::int64_t id = 0;
  std::string did;
  std::string client_id;
  std::string status;
  std::int64_t creator_developer_id = 0;
  Timestamp created_at{};
  json::Nullable<Timestamp> last_active_at;
  std::int64_t reputation_score = 0;
  std::int64_t liquid_balance = 0;
  std::int64_t staked_balance = 0;
};

}  // namespace sovereign::registry

namespace sovereign::json {

template <>
struct Table<registry::DeveloperView> {
  using T = registry::DeveloperView;
  static constexpr std::string_view name = "DeveloperView";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("id", &T::id, {.description = "The account's number."}),
                 field("user_id", &T::user_id, {.description = "The account's id elsewhere."}),
                 field("name", &T::name, {.description = "The user name."}),
                 field("email", &T::email),
                 field("created_at", &T::created_at),
                 field("is_verified", &T::is_verified),
                 field("is_admin", &T::is_admin)};
};

template <>
struct Table<registry::DeveloperProfile> {
  using T = registry::DeveloperProfile;
  static constexpr std::string_view name = "DeveloperProfile";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple_cat(inherited_fields<T, registry::DeveloperView>(),
                     std::tuple{field("organization", &T::organization), field("role", &T::role)});
};

template <>
struct Table<registry::OldApiKeyRequest> {
  static constexpr std::string_view name = "DescribedApiKeyRequest";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("description", &registry::OldApiKeyRequest::description,
                       {.description = "To recognise the key by.",
                        .example = R"("deploy script")",
                        .max_length = 100})};
};

template <>
struct Table<registry::OldApiKey> {
  using T = registry::OldApiKey;
  static constexpr std::string_view name = "DescribedApiKey";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("id", &T::id, {.description = "The key's number."}),
                 field("key_prefix", &T::key_prefix, {.description = "The start of the key."}),
                 field("description", &T::description),
                 field("created_at", &T::created_at),
                 field("last_used_at", &T::last_used_at),
                 field("is_active", &T::is_active)};
};

template <>
struct Table<registry::NewOldApiKey> {
  using T = registry::NewOldApiKey;
  static constexpr std::string_view name = "NewDescribedApiKey";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("plain_api_key", &T::plain_api_key, {.description = "Shown this one time."}),
                 field("api_key", &T::api_key, {.description = "The same."}),
                 field("api_key_info", &T::api_key_info)};
};

template <>
struct Table<registry::RecoveryKeyExchange> {
  using T = registry::RecoveryKeyExchange;
  static constexpr std::string_view name = "RecoveryKeyExchange";
  static constexpr Members members = Members::closed;
  static constexpr auto fields =
      std::tuple{field("email", &T::email, account_fields::kEmail),
                 field("recovery_key", &T::recovery_key, account_fields::kSecret)};
};

template <>
struct Table<registry::PasswordToken> {
  using T = registry::PasswordToken;
  static constexpr std::string_view name = "PasswordToken";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("access_token", &T::access_token,
                       {.description = "Works once, for set-new-password and nothing else."}),
                 field("token_type", &T::token_type, {.example = R"("bearer")"}),
                 field("expires_in", &T::expires_in, {.description = "Seconds."})};
};

template <>
struct Table<registry::NewPassword> {
  static constexpr std::string_view name = "NewPassword";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("new_password", &registry::NewPassword::new_password, account_fields::kNewPassword)};
};

template <>
struct Table<registry::OwnedAgent> {
  using T = registry::OwnedAgent;
  static constexpr std::string_view name = "OwnedAgent";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("id", &T::id, {.description = "The agent's number."}),
      field("did", &T::did),
      field("client_id", &T::client_id),
      field("status", &T::status),
      field("creator_developer_id", &T::creator_developer_id),
      field("created_at", &T::created_at),
      field("last_active_at", &T::last_active_at, {.description = "Its last heartbeat."}),
      field("reputation_score", &T::reputation_score,
            {.description = "0: this registry keeps neither reputation nor balances."}),
      field("liquid_balance", &T::liquid_balance),
      field("staked_balance", &T::staked_balance)};
};

}  // namespace sovereign::json
