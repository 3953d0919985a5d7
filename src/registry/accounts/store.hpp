// Accounts and their one-time secrets in SQL. Reads are tasks; writes are calls, for the services
// to put together with their audit rows.
#pragma once

#include <optional>
#include <string>

#include "registry/accounts/types.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// An account with the hash of its password.
struct StoredUser {
  User user;
  std::string password_hash;
};

/// What a one-time token is for: a link by mail that recovers the account or proves the address, or
/// what a recovery key was exchanged for.
enum class MailPurpose { recover, verify, set_password };

/// A link on its way by mail, or another one-time token. Without a user it is a decoy.
struct MailToken {
  std::string digest;
  std::optional<UserId> user;
  MailPurpose purpose = MailPurpose::recover;
  Timestamp created_at{};
  Timestamp expires_at{};
  std::optional<Timestamp> used_at;
};

/// Whether setting a password also proved the email address.
enum class EmailProof { none, proved };

/// A sign-in's effect on the account; replaces the hash it was checked against.
struct LoginMark {
  UserId user;
  std::string checked_hash;
  std::string new_hash;  ///< The same, or a better one of the same password.
  Timestamp at{};
};

class AccountStore {
 public:
  explicit AccountStore(sql::Database& database) : database_(database) {}

  Task<std::optional<StoredUser>> find(UserId id);
  /// By folded address; active accounts and others.
  Task<std::optional<StoredUser>> find_email(std::string email_key);
  Task<std::optional<MailToken>> find_mail_token(std::string digest);
  /// Links of that purpose made for the account since then; 0 for no account.
  Task<std::int64_t> count_mail_tokens(std::optional<UserId> user, MailPurpose purpose,
                                       Timestamp since);
  /// The active account of this address, if the recovery key of this digest is its own and unused.
  Task<std::optional<User>> find_by_recovery_key(std::string email_key, std::string digest);

  static sql::Call insert_user(const User& user, const std::string& password_hash);
  static sql::Call set_organization(UserId user, std::string organization);
  /// One row unless the account changed its password, or is not active (any more). Locks the
  /// account until the write ends, so that a password change and a sign-in exclude each other.
  static sql::Call mark_login(LoginMark mark);
  /// One row, if the account is active. Only locks it.
  static sql::Call lock_active(UserId user);
  /// One row if the hash is still `old_hash`.
  static sql::Call change_password(UserId user, std::string old_hash, std::string new_hash,
                                   Timestamp at);
  /// One row if the account is active.
  static sql::Call reset_password(UserId user, std::string new_hash, EmailProof proof,
                                  Timestamp at);
  static sql::Call set_admin(UserId user, Timestamp at);
  /// One row, the account's state after it; none if it was verified before.
  static sql::Call set_verified(UserId user, Timestamp at);

  static sql::Call insert_recovery_key(std::string digest, UserId user, Timestamp at);
  static sql::Call use_recovery_key(std::string digest, UserId user, Timestamp at);
  static sql::Call insert_mail_token(const MailToken& token);
  static sql::Call use_mail_token(std::string digest, MailPurpose purpose, Timestamp at);
  /// All open links of that purpose.
  static sql::Call cancel_mail_tokens(UserId user, MailPurpose purpose, Timestamp at);
  static sql::Call delete_expired_mail_tokens(Timestamp now);

 private:
  sql::Database& database_;
};

/// The columns of a state, as set_verified and the like return them.
AccountState read_state(std::span<const sql::Value> columns);

inline std::int64_t to_microseconds(Timestamp time) { return time.time_since_epoch().count(); }
inline Timestamp from_microseconds(std::int64_t time) {
  return Timestamp{std::chrono::microseconds(time)};
}
std::optional<Timestamp> to_optional_time(const sql::Value& value);
sql::Value to_value(std::optional<Timestamp> time);
/// An id column; a malformed one is our bug and ends the program.
Uuid to_uuid(const sql::Value& value);

}  // namespace sovereign::registry
