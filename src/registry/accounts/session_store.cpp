#include "registry/accounts/session_store.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

constexpr sql::Statement kFindRefresh{
    "refresh_tokens.find",
    "SELECT t.session_id, t.expires_at, t.used_at, s.ended_at, u.id, u.email, u.username, u.role, "
    "u.is_active, u.is_verified, u.created_at, u.updated_at FROM refresh_tokens t "
    "JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id WHERE t.digest = $1"};
constexpr sql::Statement kListActive{
    "sessions.list",
    "SELECT id, user_agent, address, created_at, last_used_at, expires_at FROM sessions "
    "WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY last_used_at DESC, id"};
constexpr sql::Statement kExists{"sessions.exists",
                                 "SELECT id FROM sessions WHERE user_id = $1 AND id = $2"};
constexpr sql::Statement kInsert{
    "sessions.insert",
    "INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_used_at, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $5, $6)"};
constexpr sql::Statement kInsertRefresh{
    "refresh_tokens.insert",
    "INSERT INTO refresh_tokens (digest, session_id, created_at, expires_at) "
    "VALUES ($1, $2, $3, $4)"};
constexpr sql::Statement kUseRefresh{
    "refresh_tokens.use",
    "UPDATE refresh_tokens SET used_at = $2 WHERE digest = $1 AND used_at IS NULL"};
constexpr sql::Statement kProlong{
    "sessions.prolong",
    "UPDATE sessions SET last_used_at = $2, expires_at = $3 WHERE id = $1 AND ended_at IS NULL"};
constexpr sql::Statement kEnd{
    "sessions.end",
    "UPDATE sessions SET ended_at = $3 WHERE user_id = $1 AND id = $2 AND ended_at IS NULL "
    "RETURNING id"};
constexpr sql::Statement kEndAllBut{
    "sessions.end_all_but",
    "UPDATE sessions SET ended_at = $3 WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL "
    "RETURNING id"};
constexpr sql::Statement kEndLeastRecent{
    "sessions.end_least_recent",
    "UPDATE sessions SET ended_at = $3 WHERE user_id = $1 AND ended_at IS NULL AND id NOT IN "
    "(SELECT id FROM sessions WHERE user_id = $1 AND ended_at IS NULL "
    "ORDER BY last_used_at DESC, id LIMIT $2) RETURNING id"};
constexpr sql::Statement kDeleteRefreshOver{
    "refresh_tokens.delete_over",
    "DELETE FROM refresh_tokens WHERE expires_at < $1 OR session_id IN "
    "(SELECT id FROM sessions WHERE ended_at < $1 OR expires_at < $1)"};
constexpr sql::Statement kDeleteOver{"sessions.delete_over",
                                     "DELETE FROM sessions WHERE ended_at < $1 OR expires_at < $1"};

Session to_session(const sql::Row& row) {
  return {.id = {to_uuid(row[0])},
          .user_agent = sql::text(row[1]),
          .address = sql::text(row[2]),
          .created_at = from_microseconds(sql::integer(row[3])),
          .last_used_at = from_microseconds(sql::integer(row[4])),
          .expires_at = from_microseconds(sql::integer(row[5]))};
}

StoredRefresh to_refresh(const sql::Row& row) {
  const auto role = json::value_of<Role>(sql::text(row[7]));
  return {.session = {to_uuid(row[0])},
          .is_session_over = !sql::is_null(row[3]),
          .expires_at = from_microseconds(sql::integer(row[1])),
          .used_at = to_optional_time(row[2]),
          .user = {.id = {to_uuid(row[4])},
                   .email = sql::text(row[5]),
                   .username = sql::text(row[6]),
                   .role = role.value_or(Role::developer),
                   .is_active = sql::integer(row[8]) == 1,
                   .is_verified = sql::integer(row[9]) == 1,
                   .created_at = from_microseconds(sql::integer(row[10])),
                   .updated_at = from_microseconds(sql::integer(row[11]))}};
}

}  // namespace

Task<std::optional<StoredRefresh>> SessionStore::find_refresh(std::string digest) {
  const auto found = co_await database_.read({kFindRefresh, {std::move(digest)}});
  if (!found) co_return Failure(found.error());
  if (found->rows.empty()) co_return std::nullopt;
  co_return to_refresh(found->rows.front());
}

Task<std::vector<Session>> SessionStore::list_active(UserId user, Timestamp now) {
  const auto found =
      co_await database_.read({kListActive, {user.to_string(), to_microseconds(now)}});
  if (!found) co_return Failure(found.error());
  std::vector<Session> sessions;
  for (const auto& row : found->rows) sessions.push_back(to_session(row));
  co_return sessions;
}

Task<bool> SessionStore::exists(UserId user, SessionId session) {
  const auto found = co_await database_.read({kExists, {user.to_string(), session.to_string()}});
  if (!found) co_return Failure(found.error());
  co_return !found->rows.empty();
}

sql::Call SessionStore::insert(const Session& session, UserId user) {
  return {kInsert,
          {session.id.to_string(), user.to_string(), session.user_agent, session.address,
           to_microseconds(session.created_at), to_microseconds(session.expires_at)}};
}

sql::Call SessionStore::insert_refresh(std::string digest, SessionId session, Timestamp at,
                                       Timestamp expires_at) {
  return {
      kInsertRefresh,
      {std::move(digest), session.to_string(), to_microseconds(at), to_microseconds(expires_at)}};
}

std::vector<sql::Call> SessionStore::rotate(Rotation rotation) {
  const auto at = to_microseconds(rotation.at);
  std::vector<sql::Call> calls;
  calls.push_back({kUseRefresh, {std::move(rotation.old_digest), at}, sql::Expect::one_row});
  calls.push_back({kProlong,
                   {rotation.session.to_string(), at, to_microseconds(rotation.expires_at)},
                   sql::Expect::one_row});
  calls.push_back(insert_refresh(std::move(rotation.new_digest), rotation.session, rotation.at,
                                 rotation.expires_at));
  return calls;
}

sql::Call SessionStore::end(UserId user, SessionId session, Timestamp at) {
  return {kEnd, {user.to_string(), session.to_string(), to_microseconds(at)}};
}

sql::Call SessionStore::end_all_but(UserId user, std::optional<SessionId> kept, Timestamp at) {
  return {kEndAllBut,
          {user.to_string(), kept ? kept->to_string() : std::string(), to_microseconds(at)}};
}

sql::Call SessionStore::end_least_recent(UserId user, std::int64_t kept, Timestamp at) {
  return {kEndLeastRecent, {user.to_string(), kept, to_microseconds(at)}};
}

std::vector<sql::Call> SessionStore::delete_over(Timestamp before) {
  std::vector<sql::Call> calls;
  calls.push_back({kDeleteRefreshOver, {to_microseconds(before)}});
  calls.push_back({kDeleteOver, {to_microseconds(before)}});
  return calls;
}

}  // namespace sovereign::registry
