// Ways back into an account: a link by mail, or one of the recovery keys shown at registration.
// Also the link that proves an email address. Every secret here works once.
#pragma once

#include <chrono>
#include <string>

#include "registry/accounts/service.hpp"

namespace sovereign::registry {

inline constexpr std::chrono::minutes kRecoveryLinkLifetime{30};
/// Of the token that a recovery key is exchanged for.
inline constexpr std::chrono::minutes kPasswordTokenLifetime{5};
inline constexpr std::chrono::hours kVerificationLinkLifetime{24};
/// Letters of one kind to one account within the lifetime of a recovery link; more are not sent, so
/// that strangers cannot fill a mailbox.
inline constexpr std::int64_t kMaxLetters = 3;

/// A recovery key and the address of the account that it is said to be of.
struct RecoveryKeyOwner {
  std::string email;
  std::string recovery_key;
};

class Recovery {
 public:
  Recovery(AccountParts parts, AccountOptions options);

  /// Sends a recovery link if the address has an active account. Same answer and same work if not.
  /// Errors: unavailable.
  Task<void> request_link(std::string email);

  /// Sets a new password by the token of a link, which proves the address, or of exchange_key().
  /// Ends all sessions.
  /// Errors: unauthenticated (unknown, used or expired), unprocessable, unavailable.
  Task<void> confirm(RecoveryConfirmation confirmation, Actor actor);

  /// Sets a new password by a recovery key. Ends all sessions. Same answer and same work whether
  /// the address, the key or both are wrong. Errors: as confirm().
  Task<void> use_key(RecoveryByKey recovery, Actor actor);

  /// Uses a recovery key up, for a token with which confirm() sets a new password, once, within
  /// kPasswordTokenLifetime. Same answer and same work whether the address, the key or both are
  /// wrong. Errors: unauthenticated, unavailable.
  Task<std::string> exchange_key(RecoveryKeyOwner owner, Actor actor);

  /// Sends a new link that proves the address. Errors: conflict when it is proved already,
  /// unavailable.
  Task<void> send_verification(UserId user);

  /// Errors: not_found (unknown or expired), conflict (used), unavailable.
  Task<void> verify_email(std::string token, Actor actor);
  /// The same decision without using the link up (HEAD requests of mail scanners).
  Task<void> check_verification(std::string token);

  /// Removes expired links. Errors: unavailable.
  Task<void> purge(Timestamp now);

 private:
  /// Commits `uses_secret` (which must affect one row) with the new password of `user`; false when
  /// the secret was used up meanwhile.
  Task<bool> replace_password(sql::Call uses_secret, UserId user, std::string password_hash,
                              EmailProof proof, Actor actor);

  AccountParts parts_;
  const AccountOptions options_;
  AccountStore store_;
};

}  // namespace sovereign::registry
