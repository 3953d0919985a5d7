#include "registry/accounts/service.hpp"

#include <utility>

#include "registry/accounts/letters.hpp"
#include "registry/accounts/recovery.hpp"
#include "registry/accounts/session_store.hpp"
#include "registry/accounts/tokens.hpp"

namespace sovereign::registry {
namespace {

constexpr std::size_t kRecoveryKeys = 3;

/// The command line has no request.
Actor command_line() { return {.id = "command-line", .request_id = {}, .address = {}}; }

/// What another account has already.
enum class Taken { email, username };

Taken taken_by(const sql::Rejection& rejection) {
  return rejection.constraint == "users.username_key" ? Taken::username : Taken::email;
}

Failure refuse(const sql::Rejection& rejection, Taken what) {
  if (rejection.kind != sql::Rejection::Kind::unique)
    return base::fail(ErrorCode::internal, "The account could not be made.",
                      "unexpected rejection of users.insert");
  const bool is_name = what == Taken::username;
  auto failure =
      base::fail(ErrorCode::conflict, is_name ? "This user name is taken; choose another."
                                              : "There is an account with this email address.");
  failure.error().fields.push_back(
      {is_name ? "/username" : "/email", "taken", "Another account has it."});
  return failure;
}

Failure no_such_account() { return base::fail(ErrorCode::not_found, "There is no such account."); }

}  // namespace

std::string subject_of(UserId user) { return "user:" + user.to_string(); }

std::vector<SessionId> forget_sessions(Revocations& revocations, const sql::ResultSet& ended,
                                       Timestamp at) {
  std::vector<SessionId> sessions;
  for (const auto& row : ended.rows) {
    sessions.push_back({to_uuid(row.at(0))});
    revocations.session_ended(sessions.back(), at);
  }
  return sessions;
}

Accounts::Accounts(AccountParts parts, AccountOptions options)
    : parts_(parts), options_(std::move(options)), store_(parts.database) {}

Task<RegisteredUser> Accounts::register_account(Registration registration, Actor actor) {
  const auto acceptable = check_password("/password", registration.password,
                                         {registration.email, registration.username});
  if (!acceptable) co_return Failure(acceptable.error());
  const auto hash = co_await parts_.passwords.hash(std::move(registration.password));
  if (!hash) co_return Failure(hash.error());
  const auto now = parts_.clock.now();
  RegisteredUser registered;
  static_cast<User&>(registered) = {.id = UserId::generate(parts_.random),
                                    .email = std::move(registration.email),
                                    .username = std::move(registration.username),
                                    .created_at = now,
                                    .updated_at = now};
  sql::Write write;
  write.calls.push_back(AccountStore::insert_user(registered, *hash));
  registered.user_id = registered.id;
  if (registration.organization) {
    write.calls.push_back(
        AccountStore::set_organization(registered.id, std::move(*registration.organization)));
  }
  for (std::size_t i = 0; i < kRecoveryKeys; ++i) {
    const auto& key = registered.recovery_keys.emplace_back(make_recovery_key(parts_.random));
    write.calls.push_back(AccountStore::insert_recovery_key(digest_of(key), registered.id, now));
  }
  const auto token = make_mail_token(parts_.random);
  write.calls.push_back(
      AccountStore::insert_mail_token({.digest = digest_of(token),
                                       .user = registered.id,
                                       .purpose = MailPurpose::verify,
                                       .created_at = now,
                                       .expires_at = now + kVerificationLinkLifetime}));
  write.calls.push_back(
      audit_row(actor, {.action = "account.register", .subject = subject_of(registered.id)}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) {
    // Of two that are taken an engine names either; we always name the address.
    const auto holder = co_await store_.find_email(fold_email(registered.email));
    if (!holder) co_return Failure(holder.error());
    co_return refuse(written->error(), *holder ? Taken::email : Taken::username);
  }
  parts_.standing.put(registered.id, state_of(registered));
  parts_.postbox.post(verification_letter(registered, options_.public_url, token));
  registered.message =
      "Welcome. Keep the recovery keys in a safe place; they are not shown again. A link that "
      "confirms the email address is on its way.";
  co_return registered;
}

Task<User> Accounts::find(UserId id) {
  auto found = co_await store_.find(id);
  if (!found) co_return Failure(found.error());
  if (!*found) co_return no_such_account();
  co_return std::move((*found)->user);
}

Task<void> Accounts::change_password(SessionOwner owner, PasswordChange change, Actor actor) {
  const auto found = co_await store_.find(owner.user);
  if (!found) co_return Failure(found.error());
  if (!*found) co_return no_such_account();
  const auto& [user, old_hash] = **found;
  const auto acceptable =
      check_password("/new_password", change.new_password, {user.email, user.username});
  if (!acceptable) co_return acceptable;
  const auto matches =
      co_await parts_.passwords.matches(std::move(change.current_password), old_hash);
  if (!matches) co_return Failure(matches.error());
  if (!*matches) co_return base::fail(ErrorCode::forbidden, "The current password is wrong.");
  auto new_hash = co_await parts_.passwords.hash(std::move(change.new_password));
  if (!new_hash) co_return Failure(new_hash.error());
  const auto now = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(
      AccountStore::change_password(owner.user, old_hash, std::move(*new_hash), now));
  write.calls.push_back(SessionStore::end_all_but(owner.user, owner.session, now));
  for (const auto purpose : {MailPurpose::recover, MailPurpose::set_password}) {
    write.calls.push_back(AccountStore::cancel_mail_tokens(owner.user, purpose, now));
  }
  write.calls.push_back(audit_row(
      actor, {.action = "account.change_password", .subject = subject_of(owner.user)}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written)
    co_return base::fail(ErrorCode::conflict, "The password was changed elsewhere just now.");
  forget_sessions(parts_.revocations, (**written)[1], now);
  co_return Result<void>();
}

Task<User> Accounts::create_admin(Registration registration, ExistingAccount existing) {
  auto found = co_await store_.find_email(fold_email(registration.email));
  if (!found) co_return Failure(found.error());
  if (*found && existing == ExistingAccount::promote) {
    auto promoted = co_await promote(std::move((*found)->user));
    co_return promoted;
  }
  if (*found)
    co_return base::fail(ErrorCode::conflict,
                         "There is an account with this email address; promote it instead.");
  if (!is_email(registration.email)) {
    co_return base::fail_field("/email", std::string(kEmailRule.code),
                               std::string(kEmailRule.message));
  }
  const auto acceptable = check_password("/password", registration.password,
                                         {registration.email, registration.username});
  if (!acceptable) co_return Failure(acceptable.error());
  const auto hash = co_await parts_.passwords.hash(std::move(registration.password));
  if (!hash) co_return Failure(hash.error());
  const auto now = parts_.clock.now();
  User admin{.id = UserId::generate(parts_.random),
             .email = std::move(registration.email),
             .username = std::move(registration.username),
             .role = Role::admin,
             .is_verified = true,
             .created_at = now,
             .updated_at = now};
  sql::Write write;
  write.calls.push_back(AccountStore::insert_user(admin, *hash));
  write.calls.push_back(audit_row(
      command_line(), {.action = "account.create_admin", .subject = subject_of(admin.id)}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return refuse(written->error(), taken_by(written->error()));
  co_return admin;
}

Task<User> Accounts::promote(User user) {
  const auto now = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(AccountStore::set_admin(user.id, now));
  write.calls.push_back(audit_row(
      command_line(), {.action = "account.promote", .subject = subject_of(user.id)}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return no_such_account();
  const auto state = read_state((**written)[0].rows.at(0));
  parts_.revocations.account_changed(user.id, state);
  user.role = state.role;
  user.is_active = state.is_active;
  user.is_verified = state.is_verified;
  user.updated_at = state.updated_at;
  co_return user;
}

Task<Developer> Accounts::developer(UserId id) {
  auto user = co_await find(id);
  if (!user) co_return Failure(user.error());
  co_return Developer{
      .id = id, .username = std::move(user->username), .email = std::move(user->email)};
}

Task<void> Accounts::may_publish(http::Principal principal) {
  if (!options_.require_verified_email || principal.kind == http::PrincipalKind::agent)
    co_return Result<void>();
  const auto known = co_await state({principal.subject});
  if (!known) co_return Failure(known.error());
  if (known->is_verified) co_return Result<void>();
  co_return base::fail(ErrorCode::forbidden,
                       "Confirm your email address first: open the link in the letter, or ask for "
                       "another at POST /api/v1/auth/verify-email/resend.");
}

Task<AccountState> Accounts::state(UserId id) {
  if (const auto known = parts_.standing.find(id)) co_return *known;
  const auto user = co_await find(id);
  if (!user) co_return Failure(user.error());
  parts_.standing.put(id, state_of(*user));
  co_return state_of(*user);
}

}  // namespace sovereign::registry
