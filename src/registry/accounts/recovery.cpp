#include "registry/accounts/recovery.hpp"

#include <utility>

#include "registry/accounts/letters.hpp"
#include "registry/accounts/session_store.hpp"
#include "registry/accounts/tokens.hpp"

namespace sovereign::registry {
namespace {

Failure bad_link() {
  return base::fail(ErrorCode::unauthenticated,
                    "This recovery link is not valid any more; ask for another.");
}

Failure bad_key() {
  return base::fail(ErrorCode::unauthenticated,
                    "The email address and the recovery key do not belong together, or the key was "
                    "used before.");
}

/// Why a link that proves an address does not work, or nothing.
Result<void> check_link(const std::optional<MailToken>& token, Timestamp now) {
  if (!token || token->purpose != MailPurpose::verify || !token->user || now >= token->expires_at) {
    return base::fail(ErrorCode::not_found,
                      "This link is not valid or has expired; sign in and ask for another.");
  }
  if (token->used_at) return base::fail(ErrorCode::conflict, "This link was used before.");
  return {};
}

}  // namespace

Recovery::Recovery(AccountParts parts, AccountOptions options)
    : parts_(parts), options_(std::move(options)), store_(parts.database) {}

Task<void> Recovery::request_link(std::string email) {
  const auto found = co_await store_.find_email(fold_email(email));
  if (!found) co_return Failure(found.error());
  const auto now = parts_.clock.now();
  std::optional<UserId> user;
  if (*found && (*found)->user.is_active) user = (*found)->user.id;
  const auto recent =
      co_await store_.count_mail_tokens(user, MailPurpose::recover, now - kRecoveryLinkLifetime);
  if (!recent) co_return Failure(recent.error());
  if (*recent >= kMaxLetters) user.reset();
  // An unknown address gets a decoy: the same statements, the same fsync.
  const auto token = make_mail_token(parts_.random);
  sql::Write write;
  write.calls.push_back(
      AccountStore::insert_mail_token({.digest = digest_of(token),
                                       .user = user,
                                       .purpose = MailPurpose::recover,
                                       .created_at = now,
                                       .expires_at = now + kRecoveryLinkLifetime}));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (user) parts_.postbox.post(recovery_letter((*found)->user, options_.public_url, token));
  co_return Result<void>();
}

Task<void> Recovery::confirm(RecoveryConfirmation confirmation, Actor actor) {
  auto digest = digest_of(confirmation.token);
  const auto token = co_await store_.find_mail_token(digest);
  if (!token) co_return Failure(token.error());
  const auto now = parts_.clock.now();
  if (!*token || (*token)->purpose == MailPurpose::verify || !(*token)->user || (*token)->used_at ||
      now >= (*token)->expires_at)
    co_return bad_link();
  const MailPurpose purpose = (*token)->purpose;
  const UserId user = *(*token)->user;
  const auto found = co_await store_.find(user);
  if (!found) co_return Failure(found.error());
  if (!*found) co_return bad_link();
  const auto acceptable = check_password("/new_password", confirmation.new_password,
                                         {(*found)->user.email, (*found)->user.username});
  if (!acceptable) co_return acceptable;
  auto hash = co_await parts_.passwords.hash(std::move(confirmation.new_password));
  if (!hash) co_return Failure(hash.error());
  auto use = AccountStore::use_mail_token(std::move(digest), purpose, now);
  const auto proof = purpose == MailPurpose::recover ? EmailProof::proved : EmailProof::none;
  const auto replaced =
      co_await replace_password(std::move(use), user, std::move(*hash), proof, std::move(actor));
  if (!replaced) co_return Failure(replaced.error());
  if (!*replaced) co_return bad_link();
  co_return Result<void>();
}

Task<void> Recovery::use_key(RecoveryByKey recovery, Actor actor) {
  auto digest = digest_of(recovery.recovery_key);
  const auto found = co_await store_.find_by_recovery_key(fold_email(recovery.email), digest);
  if (!found) co_return Failure(found.error());
  // Only who holds the key learns that the password is the account's name.
  const auto owner = *found ? crypto::PasswordOwner{(*found)->email, (*found)->username}
                            : crypto::PasswordOwner{recovery.email, {}};
  const auto acceptable = check_password("/new_password", recovery.new_password, owner);
  if (!acceptable) co_return acceptable;
  auto hash = co_await parts_.passwords.hash(std::move(recovery.new_password));
  if (!hash) co_return Failure(hash.error());
  if (!*found) co_return bad_key();
  const UserId user = (*found)->id;
  auto use = AccountStore::use_recovery_key(std::move(digest), user, parts_.clock.now());
  const auto replaced = co_await replace_password(std::move(use), user, std::move(*hash),
                                                  EmailProof::none, std::move(actor));
  if (!replaced) co_return Failure(replaced.error());
  if (!*replaced) co_return bad_key();
  co_return Result<void>();
}

Task<std::string> Recovery::exchange_key(RecoveryKeyOwner owner, Actor actor) {
  auto digest = digest_of(owner.recovery_key);
  auto finding = store_.find_by_recovery_key(fold_email(owner.email), digest);
  const auto found = co_await std::move(finding);
  if (!found) co_return Failure(found.error());
  const auto now = parts_.clock.now();
  std::optional<UserId> user;
  if (*found) user = (*found)->id;
  auto token = make_mail_token(parts_.random);
  sql::Write write;
  if (user) {
    write.calls.push_back(AccountStore::use_recovery_key(std::move(digest), *user, now));
    actor.id = subject_of(*user);
    write.calls.push_back(audit_row(
        actor, {.action = "account.exchange_recovery_key", .subject = subject_of(*user)}, now));
  }
  // An unknown key gets a decoy: the same fsync.
  write.calls.push_back(
      AccountStore::insert_mail_token({.digest = digest_of(token),
                                       .user = user,
                                       .purpose = MailPurpose::set_password,
                                       .created_at = now,
                                       .expires_at = now + kPasswordTokenLifetime}));
  auto writing = parts_.database.write(std::move(write));
  const auto written = co_await std::move(writing);
  if (!written) co_return Failure(written.error());
  if (!user || !*written) co_return bad_key();
  co_return token;
}

Task<bool> Recovery::replace_password(sql::Call uses_secret, UserId user, std::string password_hash,
                                      EmailProof proof, Actor actor) {
  const auto now = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(std::move(uses_secret));
  write.calls.push_back(AccountStore::reset_password(user, std::move(password_hash), proof, now));
  write.calls.push_back(SessionStore::end_all_but(user, std::nullopt, now));
  for (const auto purpose : {MailPurpose::recover, MailPurpose::set_password}) {
    write.calls.push_back(AccountStore::cancel_mail_tokens(user, purpose, now));
  }
  actor.id = subject_of(user);
  write.calls.push_back(audit_row(
      actor,
      {.action = proof == EmailProof::proved ? "account.recover_by_link" : "account.recover_by_key",
       .subject = subject_of(user)},
      now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return false;
  parts_.revocations.account_changed(user, read_state((**written)[1].rows.at(0)));
  forget_sessions(parts_.revocations, (**written)[2], now);
  co_return true;
}

Task<void> Recovery::send_verification(UserId user) {
  const auto found = co_await store_.find(user);
  if (!found) co_return Failure(found.error());
  if (!*found) co_return base::fail(ErrorCode::not_found, "There is no such account.");
  if ((*found)->user.is_verified)
    co_return base::fail(ErrorCode::conflict, "The email address is confirmed already.");
  const auto now = parts_.clock.now();
  const auto recent =
      co_await store_.count_mail_tokens(user, MailPurpose::verify, now - kRecoveryLinkLifetime);
  if (!recent) co_return Failure(recent.error());
  // As with any letter that does not arrive, there is one to find already.
  if (*recent >= kMaxLetters) co_return Result<void>();
  const auto token = make_mail_token(parts_.random);
  sql::Write write;
  write.calls.push_back(
      AccountStore::insert_mail_token({.digest = digest_of(token),
                                       .user = user,
                                       .purpose = MailPurpose::verify,
                                       .created_at = now,
                                       .expires_at = now + kVerificationLinkLifetime}));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  parts_.postbox.post(verification_letter((*found)->user, options_.public_url, token));
  co_return Result<void>();
}

Task<void> Recovery::verify_email(std::string token, Actor actor) {
  auto digest = digest_of(token);
  const auto found = co_await store_.find_mail_token(digest);
  if (!found) co_return Failure(found.error());
  const auto now = parts_.clock.now();
  if (auto usable = check_link(*found, now); !usable) co_return usable;
  const UserId user = *(*found)->user;
  actor.id = subject_of(user);
  sql::Write write;
  write.calls.push_back(AccountStore::use_mail_token(std::move(digest), MailPurpose::verify, now));
  write.calls.push_back(AccountStore::set_verified(user, now));
  write.calls.push_back(
      audit_row(actor, {.action = "account.verify_email", .subject = subject_of(user)}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return base::fail(ErrorCode::conflict, "This link was used before.");
  parts_.revocations.account_changed(user, read_state((**written)[1].rows.at(0)));
  co_return Result<void>();
}

Task<void> Recovery::check_verification(std::string token) {
  const auto found = co_await store_.find_mail_token(digest_of(token));
  if (!found) co_return Failure(found.error());
  co_return check_link(*found, parts_.clock.now());
}

Task<void> Recovery::purge(Timestamp now) {
  sql::Write write;
  write.calls.push_back(AccountStore::delete_expired_mail_tokens(now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>();
}

}  // namespace sovereign::registry
