#include "registry/accounts/sessions.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

/// How often a sign-in starts again because the hash it checked was replaced meanwhile (by another
/// sign-in that renewed it, or by a new password).
constexpr int kSignInAttempts = 3;

Failure wrong_credentials() {
  return base::fail(ErrorCode::unauthenticated, "The email address or the password is wrong.");
}

Failure wrong_refresh(std::string context) {
  return base::fail(ErrorCode::unauthenticated,
                    "The refresh token is not valid any more; sign in again.", std::move(context));
}

Actor as_user(Actor actor, UserId user) {
  actor.id = subject_of(user);
  return actor;
}

}  // namespace

Sessions::Sessions(AccountParts parts, const TokenIssuer& issuer, SessionOptions options)
    : parts_(parts),
      issuer_(issuer),
      options_(options),
      accounts_(parts.database),
      store_(parts.database) {}

Task<SignedIn> Sessions::sign_in(Credentials credentials, Device device, Actor actor) {
  for (int attempt = 0; attempt < kSignInAttempts; ++attempt) {
    auto found = co_await accounts_.find_email(fold_email(credentials.email));
    if (!found) co_return Failure(found.error());
    std::optional<std::string> stored;
    if (*found) stored = (*found)->password_hash;
    const auto matches = co_await parts_.passwords.matches(credentials.password, stored);
    if (!matches) co_return Failure(matches.error());
    if (!*matches || !(*found)->user.is_active) co_return wrong_credentials();
    auto started = co_await start(std::move(**found), credentials.password, device, actor);
    if (!started) co_return Failure(started.error());
    if (*started) co_return std::move(**started);
  }
  co_return wrong_credentials();
}

Task<std::optional<SignedIn>> Sessions::start(StoredUser account, std::string password,
                                              Device device, Actor actor) {
  const auto& [user, checked_hash] = account;
  std::string new_hash = checked_hash;
  if (parts_.passwords.needs_rehash(checked_hash)) {
    auto better = co_await parts_.passwords.hash(std::move(password));
    if (!better) co_return Failure(better.error());
    new_hash = std::move(*better);
  }
  const auto now = parts_.clock.now();
  const Session session{.id = SessionId::generate(parts_.random),
                        .user_agent = std::move(device.user_agent),
                        .address = std::move(device.address),
                        .created_at = now,
                        .last_used_at = now,
                        .expires_at = now + options_.idle_lifetime};
  auto refresh_token = make_refresh_token(parts_.random);
  sql::Write write;
  write.calls.push_back(AccountStore::mark_login(
      {.user = user.id, .checked_hash = checked_hash, .new_hash = std::move(new_hash), .at = now}));
  write.calls.push_back(SessionStore::end_least_recent(user.id, kMaxSessions - 1, now));
  write.calls.push_back(SessionStore::insert(session, user.id));
  write.calls.push_back(
      SessionStore::insert_refresh(digest_of(refresh_token), session.id, now, session.expires_at));
  write.calls.push_back(audit_row(
      as_user(std::move(actor), user.id),
      {.action = "account.sign_in", .subject = "session:" + session.id.to_string()}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (!*written) co_return std::nullopt;
  forget_sessions(parts_.revocations, (**written)[1], now);
  parts_.standing.put(user.id, state_of(user));
  co_return signed_in(user, session.id, std::move(refresh_token));
}

SignedIn Sessions::signed_in(const User& user, SessionId session, std::string refresh_token) const {
  auto access = issuer_.issue(user, session);
  return {.access_token = std::move(access.text),
          .expires_in = access.expires_in.count(),
          .refresh_token = std::move(refresh_token),
          .user = user};
}

Task<SignedIn> Sessions::refresh(std::string refresh_token, Actor actor) {
  const auto old_digest = digest_of(refresh_token);
  const auto found = co_await store_.find_refresh(old_digest);
  if (!found) co_return Failure(found.error());
  if (!*found) co_return wrong_refresh("unknown refresh token");
  const auto& [session, is_over, expires_at, used_at, user] = **found;
  const auto now = parts_.clock.now();
  if (is_over || !user.is_active || now >= expires_at) co_return wrong_refresh("session is over");
  if (used_at) {
    const auto ended = co_await end_family(session, user.id, std::move(actor));
    if (!ended) co_return Failure(ended.error());
    co_return wrong_refresh("refresh token used twice");
  }
  auto next = make_refresh_token(parts_.random);
  sql::Write write{.calls = SessionStore::rotate({.session = session,
                                                  .old_digest = old_digest,
                                                  .new_digest = digest_of(next),
                                                  .at = now,
                                                  .expires_at = now + options_.idle_lifetime})};
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  if (*written) co_return signed_in(user, session, std::move(next));
  // Another was faster with the same token, which is a second use; or the session ended meanwhile,
  // which ending it again does not change.
  const auto ended = co_await end_family(session, user.id, std::move(actor));
  if (!ended) co_return Failure(ended.error());
  co_return wrong_refresh("refresh token used twice at once");
}

Task<void> Sessions::end_family(SessionId session, UserId user, Actor actor) {
  const auto now = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(SessionStore::end(user, session, now));
  write.calls.push_back(audit_row(
      actor,
      {.action = "session.refresh_token_reused", .subject = "session:" + session.to_string()},
      now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  parts_.revocations.session_ended(session, now);
  co_return Result<void>();
}

Task<std::vector<Session>> Sessions::list(UserId user) {
  auto sessions = co_await store_.list_active(user, parts_.clock.now());
  co_return sessions;
}

Task<void> Sessions::end(SessionOwner owner, Actor actor) {
  const auto exists = co_await store_.exists(owner.user, owner.session);
  if (!exists) co_return Failure(exists.error());
  if (!*exists) co_return base::fail(ErrorCode::not_found, "There is no such session.");
  const auto now = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(SessionStore::end(owner.user, owner.session, now));
  write.calls.push_back(audit_row(
      actor, {.action = "session.end", .subject = "session:" + owner.session.to_string()}, now));
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  parts_.revocations.session_ended(owner.session, now);
  co_return Result<void>();
}

Task<void> Sessions::purge(Timestamp now) {
  parts_.standing.purge(now);
  // Rows of ended sessions are what a restart learns them from while their access tokens run.
  sql::Write write{.calls = SessionStore::delete_over(now - parts_.standing.access_lifetime())};
  const auto written = co_await parts_.database.write(std::move(write));
  if (!written) co_return Failure(written.error());
  co_return Result<void>();
}

}  // namespace sovereign::registry
