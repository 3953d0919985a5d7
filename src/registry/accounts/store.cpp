#include "registry/accounts/store.hpp"

#include <cstdlib>
#include <utility>

#include "registry/accounts/names.hpp"

// Times of an account never stand still or go back, so that of two states the newer is known: the
// CASE below, with the time as the parameter that it names.
#define NEXT_UPDATED_AT(parameter) \
  "CASE WHEN updated_at >= " parameter " THEN updated_at + 1 ELSE " parameter " END"

#define STATE_COLUMNS "is_active, is_verified, role, updated_at"

namespace sovereign::registry {
namespace {

#define USER_COLUMNS \
  "id, email, username, role, is_active, is_verified, created_at, updated_at, password_hash"

constexpr sql::Statement kFind{"users.find", "SELECT " USER_COLUMNS " FROM users WHERE id = $1"};
constexpr sql::Statement kFindEmail{"users.find_email",
                                    "SELECT " USER_COLUMNS " FROM users WHERE email_key = $1"};
constexpr sql::Statement kFindByRecoveryKey{
    "users.find_by_recovery_key",
    "SELECT " USER_COLUMNS
    " FROM users WHERE email_key = $1 AND is_active = 1 AND EXISTS (SELECT 1 FROM recovery_keys "
    "WHERE digest = $2 AND user_id = users.id AND used_at IS NULL)"};
constexpr sql::Statement kInsert{
    "users.insert",
    "INSERT INTO users (id, email, email_key, username, username_key, password_hash, role, "
    "is_active, is_verified, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"};
constexpr sql::Statement kSetOrganization{"users.set_organization",
                                          "UPDATE users SET organization = $2 WHERE id = $1"};
constexpr sql::Statement kMarkLogin{"users.mark_login",
                                    "UPDATE users SET last_login_at = $4, password_hash = $3 "
                                    "WHERE id = $1 AND password_hash = $2 AND is_active = 1"};
constexpr sql::Statement kLockActive{
    "users.lock_active", "UPDATE users SET is_active = 1 WHERE id = $1 AND is_active = 1"};
constexpr sql::Statement kChangePassword{
    "users.change_password", "UPDATE users SET password_hash = $3, updated_at = " NEXT_UPDATED_AT(
                                 "$4") " WHERE id = $1 AND password_hash = $2 AND is_active = 1"};
constexpr sql::Statement kResetPassword{
    "users.reset_password",
    "UPDATE users SET password_hash = $2, is_verified = CASE WHEN $3 = 1 THEN 1 ELSE is_verified "
    "END, updated_at = " NEXT_UPDATED_AT(
        "$4") " WHERE id = $1 AND is_active = 1 RETURNING " STATE_COLUMNS};
constexpr sql::Statement kSetAdmin{
    "users.set_admin",
    "UPDATE users SET role = 'admin', is_active = 1, is_verified = 1, updated_at "
    "= " NEXT_UPDATED_AT("$2") " WHERE id = $1 RETURNING " STATE_COLUMNS};
constexpr sql::Statement kSetVerified{
    "users.set_verified", "UPDATE users SET is_verified = 1, updated_at = " NEXT_UPDATED_AT(
                              "$2") " WHERE id = $1 RETURNING " STATE_COLUMNS};

constexpr sql::Statement kInsertRecoveryKey{
    "recovery_keys.insert",
    "INSERT INTO recovery_keys (digest, user_id, created_at) VALUES ($1, $2, $3)"};
constexpr sql::Statement kUseRecoveryKey{
    "recovery_keys.use",
    "UPDATE recovery_keys SET used_at = $3 WHERE digest = $1 AND user_id = $2 AND used_at IS NULL"};

constexpr sql::Statement kFindMailToken{
    "mail_tokens.find",
    "SELECT digest, user_id, purpose, created_at, expires_at, used_at FROM mail_tokens "
    "WHERE digest = $1"};
constexpr sql::Statement kCountMailTokens{
    "mail_tokens.count",
    "SELECT count(*) FROM mail_tokens WHERE user_id = $1 AND purpose = $2 AND created_at > $3"};
constexpr sql::Statement kInsertMailToken{
    "mail_tokens.insert",
    "INSERT INTO mail_tokens (digest, user_id, purpose, created_at, expires_at) "
    "VALUES ($1, $2, $3, $4, $5)"};
constexpr sql::Statement kUseMailToken{
    "mail_tokens.use",
    "UPDATE mail_tokens SET used_at = $3 WHERE digest = $1 AND purpose = $2 AND user_id IS NOT "
    "NULL AND used_at IS NULL AND expires_at > $3"};
constexpr sql::Statement kCancelMailTokens{
    "mail_tokens.cancel",
    "UPDATE mail_tokens SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL"};
constexpr sql::Statement kDeleteExpiredMailTokens{"mail_tokens.delete_expired",
                                                  "DELETE FROM mail_tokens WHERE expires_at < $1"};

std::string_view name_of(MailPurpose purpose) {
  switch (purpose) {
    case MailPurpose::recover: return "recover";
    case MailPurpose::verify: return "verify";
    case MailPurpose::set_password: return "set_password";
  }
  return "verify";
}

MailPurpose to_purpose(std::string_view name) {
  for (const auto purpose : {MailPurpose::recover, MailPurpose::set_password}) {
    if (name == name_of(purpose)) return purpose;
  }
  return MailPurpose::verify;
}

sql::Value flag(bool value) { return std::int64_t{value ? 1 : 0}; }

Role to_role(const sql::Value& value) {
  const auto role = json::value_of<Role>(sql::text(value));
  return role.value_or(Role::developer);
}

StoredUser to_user(const sql::Row& row) {
  return {.user = {.id = {to_uuid(row[0])},
                   .email = sql::text(row[1]),
                   .username = sql::text(row[2]),
                   .role = to_role(row[3]),
                   .is_active = sql::integer(row[4]) == 1,
                   .is_verified = sql::integer(row[5]) == 1,
                   .created_at = from_microseconds(sql::integer(row[6])),
                   .updated_at = from_microseconds(sql::integer(row[7]))},
          .password_hash = sql::text(row[8])};
}

std::optional<StoredUser> first_user(const sql::ResultSet& found) {
  if (found.rows.empty()) return std::nullopt;
  return to_user(found.rows.front());
}

}  // namespace

AccountState state_of(const User& user) {
  return {user.is_active, user.is_verified, user.role, user.updated_at};
}

AccountState read_state(std::span<const sql::Value> columns) {
  return {.is_active = sql::integer(columns[0]) == 1,
          .is_verified = sql::integer(columns[1]) == 1,
          .role = to_role(columns[2]),
          .updated_at = from_microseconds(sql::integer(columns[3]))};
}

std::optional<Timestamp> to_optional_time(const sql::Value& value) {
  if (sql::is_null(value)) return std::nullopt;
  return from_microseconds(sql::integer(value));
}

sql::Value to_value(std::optional<Timestamp> time) {
  return time ? sql::Value(to_microseconds(*time)) : sql::Value();
}

Uuid to_uuid(const sql::Value& value) {
  const auto id = Uuid::parse(sql::text(value));
  if (!id) std::abort();
  return *id;
}

Task<std::optional<StoredUser>> AccountStore::find(UserId id) {
  const auto found = co_await database_.read({kFind, {id.to_string()}});
  if (!found) co_return Failure(found.error());
  co_return first_user(*found);
}

Task<std::optional<StoredUser>> AccountStore::find_email(std::string email_key) {
  const auto found = co_await database_.read({kFindEmail, {std::move(email_key)}});
  if (!found) co_return Failure(found.error());
  co_return first_user(*found);
}

Task<std::optional<User>> AccountStore::find_by_recovery_key(std::string email_key,
                                                             std::string digest) {
  const auto found =
      co_await database_.read({kFindByRecoveryKey, {std::move(email_key), std::move(digest)}});
  if (!found) co_return Failure(found.error());
  auto user = first_user(*found);
  co_return user ? std::optional(std::move(user->user)) : std::nullopt;
}

Task<std::optional<MailToken>> AccountStore::find_mail_token(std::string digest) {
  const auto found = co_await database_.read({kFindMailToken, {std::move(digest)}});
  if (!found) co_return Failure(found.error());
  if (found->rows.empty()) co_return std::nullopt;
  const auto& row = found->rows.front();
  co_return MailToken{
      .digest = sql::text(row[0]),
      .user = sql::is_null(row[1]) ? std::nullopt : std::optional(UserId{to_uuid(row[1])}),
      .purpose = to_purpose(sql::text(row[2])),
      .created_at = from_microseconds(sql::integer(row[3])),
      .expires_at = from_microseconds(sql::integer(row[4])),
      .used_at = to_optional_time(row[5])};
}

Task<std::int64_t> AccountStore::count_mail_tokens(std::optional<UserId> user, MailPurpose purpose,
                                                   Timestamp since) {
  const auto found =
      co_await database_.read({kCountMailTokens,
                               {user ? user->to_string() : std::string(),
                                std::string(name_of(purpose)), to_microseconds(since)}});
  if (!found) co_return Failure(found.error());
  co_return sql::integer(found->rows.at(0).at(0));
}

sql::Call AccountStore::insert_user(const User& user, const std::string& password_hash) {
  return {kInsert,
          {user.id.to_string(), user.email, fold_email(user.email), user.username,
           fold_username(user.username), password_hash, std::string(json::name_of(user.role)),
           flag(user.is_active), flag(user.is_verified), to_microseconds(user.created_at)}};
}

sql::Call AccountStore::set_organization(UserId user, std::string organization) {
  return {kSetOrganization, {user.to_string(), std::move(organization)}, sql::Expect::one_row};
}

sql::Call AccountStore::mark_login(LoginMark mark) {
  return {kMarkLogin,
          {mark.user.to_string(), std::move(mark.checked_hash), std::move(mark.new_hash),
           to_microseconds(mark.at)},
          sql::Expect::one_row};
}

sql::Call AccountStore::lock_active(UserId user) {
  return {kLockActive, {user.to_string()}, sql::Expect::one_row};
}

sql::Call AccountStore::change_password(UserId user, std::string old_hash, std::string new_hash,
                                        Timestamp at) {
  return {kChangePassword,
          {user.to_string(), std::move(old_hash), std::move(new_hash), to_microseconds(at)},
          sql::Expect::one_row};
}

sql::Call AccountStore::reset_password(UserId user, std::string new_hash, EmailProof proof,
                                       Timestamp at) {
  return {kResetPassword,
          {user.to_string(), std::move(new_hash), flag(proof == EmailProof::proved),
           to_microseconds(at)},
          sql::Expect::one_row};
}

sql::Call AccountStore::set_admin(UserId user, Timestamp at) {
  return {kSetAdmin, {user.to_string(), to_microseconds(at)}, sql::Expect::one_row};
}

sql::Call AccountStore::set_verified(UserId user, Timestamp at) {
  return {kSetVerified, {user.to_string(), to_microseconds(at)}, sql::Expect::one_row};
}

sql::Call AccountStore::insert_recovery_key(std::string digest, UserId user, Timestamp at) {
  return {kInsertRecoveryKey, {std::move(digest), user.to_string(), to_microseconds(at)}};
}

sql::Call AccountStore::use_recovery_key(std::string digest, UserId user, Timestamp at) {
  return {kUseRecoveryKey,
          {std::move(digest), user.to_string(), to_microseconds(at)},
          sql::Expect::one_row};
}

sql::Call AccountStore::insert_mail_token(const MailToken& token) {
  return {kInsertMailToken,
          {token.digest, token.user ? sql::Value(token.user->to_string()) : sql::Value(),
           std::string(name_of(token.purpose)), to_microseconds(token.created_at),
           to_microseconds(token.expires_at)}};
}

sql::Call AccountStore::use_mail_token(std::string digest, MailPurpose purpose, Timestamp at) {
  return {kUseMailToken,
          {std::move(digest), std::string(name_of(purpose)), to_microseconds(at)},
          sql::Expect::one_row};
}

sql::Call AccountStore::cancel_mail_tokens(UserId user, MailPurpose purpose, Timestamp at) {
  return {kCancelMailTokens,
          {user.to_string(), std::string(name_of(purpose)), to_microseconds(at)}};
}

sql::Call AccountStore::delete_expired_mail_tokens(Timestamp now) {
  return {kDeleteExpiredMailTokens, {to_microseconds(now)}};
}

}  // namespace sovereign::registry
