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
  std::optional<std::string> organization;
};

/// A user with the recovery keys, shown once.
struct RegisteredUser : User {
  UserId user_id;  ///< The same as id.
  std::string message;
  std::vector<std::string> recovery_keys;
};

struct Credentials {
  std::string email;
  std::string password;
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

struct AccountMessage {
  std::string message;
};

struct VerificationQuery {
  std::string token;
};

struct VerificationAnswer {
  std::string status;
};

struct SessionItem : Session {
  bool current = false;  ///< The one that asks.
};

struct SessionList {
  std::vector<SessionItem> sessions;
};

inline constexpr std::size_t kMaxEmailLength = 254;   ///< RFC 5321 section 4.5.3.1.3, less <>.
inline constexpr std::size_t kMaxSecretLength = 100;  ///< Of tokens and keys of ours.

}  // namespace sovereign::registry

namespace sovereign::json {

namespace account_fields {
inline constexpr FieldOptions kEmail{.description = "The account's email address.",
                                     .example = R"("dev@example.com")",
                                     .max_length = registry::kMaxEmailLength};
inline constexpr FieldOptions kNewEmail{.description = "Unique without regard to case.",
                                        .example = R"("dev@example.com")",
                                        .max_length = registry::kMaxEmailLength,
                                        .rule = &registry::kEmailRule};
inline constexpr FieldOptions kNewPassword{
    .description = "12 characters or more, up to 1024 bytes; none of the usual guesses.",
    .example = R"("plain-river-45-lanterns")",
    .min_length = 12,
    .max_length = 1024};
inline constexpr FieldOptions kPassword{.description = "The account's password.",
                                        .example = R"("plain-river-45-lanterns")",
                                        .max_length = 1024};
inline constexpr FieldOptions kSecret{.max_length = registry::kMaxSecretLength};
}  // namespace account_fields

template <>
struct Table<registry::User> {
  using User = registry::User;
  static constexpr std::string_view name = "User";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("id", &User::id),
      field("email", &User::email),
      field("username", &User::username),
      field("role", &User::role),
      field("is_active", &User::is_active),
      field("is_verified", &User::is_verified, {.description = "The email address was proved."}),
      field("created_at", &User::created_at),
      field("updated_at", &User::updated_at),
  };
};

template <>
struct Table<registry::Registration> {
  using Registration = registry::Registration;
  static constexpr std::string_view name = "Registration";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("email", &Registration::email, account_fields::kNewEmail),
      field("username", &Registration::username,
            {.description = "Shown as the publisher's name; unique without regard to case.",
             .example = R"("river-labs")",
             .alias = "name",
             .min_length = 3,
             .max_length = 100,
             .rule = &registry::kUsernameRule}),
      field("password", &Registration::password, account_fields::kNewPassword),
      field("organization", &Registration::organization,
            {.description = "Shown to nobody else.", .max_length = 200}),
  };
};

template <>
struct Table<registry::RegisteredUser> {
  using RegisteredUser = registry::RegisteredUser;
  static constexpr std::string_view name = "RegisteredUser";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple_cat(
      Table<registry::User>::fields,
      std::tuple{
          field("user_id", &RegisteredUser::user_id, {.description = "The same as id."}),
          field("message", &RegisteredUser::message),
          field("recovery_keys", &RegisteredUser::recovery_keys,
                {.description = "Each sets a new password once; shown this one time."}),
      });
};

template <>
struct Table<registry::Credentials> {
  using Credentials = registry::Credentials;
  static constexpr std::string_view name = "Credentials";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("email", &Credentials::email,
            {.description = "The account's email address; `username` in OAuth2 password forms.",
             .example = R"("dev@example.com")",
             .alias = "username",
             .max_length = registry::kMaxEmailLength}),
      field("password", &Credentials::password, account_fields::kPassword),
  };
};

template <>
struct Table<registry::SignedIn> {
  using SignedIn = registry::SignedIn;
  static constexpr std::string_view name = "SignedIn";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("access_token", &SignedIn::access_token),
      field("token_type", &SignedIn::token_type, {.example = R"("bearer")"}),
      field("expires_in", &SignedIn::expires_in, {.description = "Of the access token, in s."}),
      field("refresh_token", &SignedIn::refresh_token,
            {.description = "Works once, for the next pair of tokens."}),
      field("user", &SignedIn::user),
  };
};

template <>
struct Table<registry::RefreshRequest> {
  static constexpr std::string_view name = "RefreshRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("refresh_token", &registry::RefreshRequest::refresh_token, account_fields::kSecret)};
};

template <>
struct Table<registry::PasswordChange> {
  using PasswordChange = registry::PasswordChange;
  static constexpr std::string_view name = "PasswordChange";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("current_password", &PasswordChange::current_password, account_fields::kPassword),
      field("new_password", &PasswordChange::new_password, account_fields::kNewPassword),
  };
};

template <>
struct Table<registry::RecoveryRequest> {
  static constexpr std::string_view name = "RecoveryRequest";
  static constexpr Members members = Members::closed;
  static constexpr auto fields =
      std::tuple{field("email", &registry::RecoveryRequest::email, account_fields::kEmail)};
};

template <>
struct Table<registry::RecoveryConfirmation> {
  using Confirmation = registry::RecoveryConfirmation;
  static constexpr std::string_view name = "RecoveryConfirmation";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("token", &Confirmation::token, account_fields::kSecret),
      field("new_password", &Confirmation::new_password, account_fields::kNewPassword),
  };
};

template <>
struct Table<registry::RecoveryByKey> {
  using ByKey = registry::RecoveryByKey;
  static constexpr std::string_view name = "RecoveryByKey";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("email", &ByKey::email, account_fields::kEmail),
      field("recovery_key", &ByKey::recovery_key, account_fields::kSecret),
      field("new_password", &ByKey::new_password, account_fields::kNewPassword),
  };
};

template <>
struct Table<registry::AccountMessage> {
  static constexpr std::string_view name = "AccountMessage";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{field("message", &registry::AccountMessage::message)};
};

template <>
struct Table<registry::VerificationQuery> {
  static constexpr std::string_view name = "VerificationQuery";
  static constexpr Members members = Members::closed;
  static constexpr auto fields =
      std::tuple{field("token", &registry::VerificationQuery::token, account_fields::kSecret)};
};

template <>
struct Table<registry::VerificationAnswer> {
  static constexpr std::string_view name = "VerificationAnswer";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("status", &registry::VerificationAnswer::status, {.example = R"("verified")"})};
};

template <>
struct Table<registry::SessionItem> {
  using Item = registry::SessionItem;
  static constexpr std::string_view name = "Session";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("id", &Item::id),
      field("user_agent", &Item::user_agent),
      field("address", &Item::address, {.description = "Of the client at sign-in."}),
      field("current", &Item::current, {.description = "The session that asks."}),
      field("created_at", &Item::created_at),
      field("last_used_at", &Item::last_used_at),
      field("expires_at", &Item::expires_at),
  };
};

template <>
struct Table<registry::SessionList> {
  static constexpr std::string_view name = "SessionList";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{field("sessions", &registry::SessionList::sessions)};
};

}  // namespace sovereign::json
