#include "registry/accounts/api_key_store.hpp"

#include <utility>

namespace sovereign::registry {
namespace {

constexpr sql::Statement kFind{
    "api_keys.find",
    "SELECT k.id, k.lookup_id, k.name, k.scopes, k.created_at, k.expires_at, k.last_used_at, "
    "k.secret_hash, u.id, u.email, u.role, u.is_active, u.is_verified, u.updated_at "
    "FROM api_keys k JOIN users u ON u.id = k.user_id "
    "WHERE k.lookup_id = $1 AND k.revoked_at IS NULL"};
constexpr sql::Statement kListActive{
    "api_keys.list",
    "SELECT id, lookup_id, name, scopes, created_at, expires_at, last_used_at FROM api_keys "
    "WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2) "
    "ORDER BY created_at DESC, id"};
constexpr sql::Statement kInsert{
    "api_keys.insert",
    "INSERT INTO api_keys (id, lookup_id, secret_hash, user_id, name, scopes, created_at, "
    "expires_at) SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), "
    "CAST($5 AS TEXT), CAST($6 AS BIGINT), CAST($7 AS BIGINT), CAST($8 AS BIGINT) "
    "WHERE (SELECT count(*) FROM api_keys WHERE user_id = CAST($4 AS TEXT) AND revoked_at IS NULL "
    "AND (expires_at IS NULL OR expires_at > CAST($7 AS BIGINT))) < CAST($9 AS BIGINT)"};
constexpr sql::Statement kRevoke{
    "api_keys.revoke",
    "UPDATE api_keys SET revoked_at = COALESCE(revoked_at, $3) WHERE id = $2 AND user_id = $1"};
constexpr sql::Statement kMarkUsed{"api_keys.mark_used",
                                   "UPDATE api_keys SET last_used_at = $2 "
                                   "WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)"};

constexpr sql::Statement kDeleteOver{
    "api_keys.delete_over", "DELETE FROM api_keys WHERE revoked_at < $1 OR expires_at < $1"};

ApiKey to_key(const sql::Row& row) {
  return {.id = {to_uuid(row[0])},
          .lookup_id = sql::text(row[1]),
          .name = sql::text(row[2]),
          .scopes = static_cast<std::uint8_t>(sql::integer(row[3])),
          .created_at = from_microseconds(sql::integer(row[4])),
          .expires_at = to_optional_time(row[5]),
          .last_used_at = to_optional_time(row[6])};
}

StoredKey to_stored_key(const sql::Row& row) {
  return {.key = to_key(row),
          .secret_hash = sql::text(row[7]),
          .user = {.id = {to_uuid(row[8])},
                   .email = sql::text(row[9]),
                   .role = json::value_of<Role>(sql::text(row[10])).value_or(Role::developer),
                   .is_active = sql::integer(row[11]) == 1,
                   .is_verified = sql::integer(row[12]) == 1,
                   .updated_at = from_microseconds(sql::integer(row[13]))}};
}

}  // namespace

Task<std::optional<StoredKey>> ApiKeyStore::find(std::string lookup_id) {
  const auto found = co_await database_.read({kFind, {std::move(lookup_id)}});
  if (!found) co_return Failure(found.error());
  if (found->rows.empty()) co_return std::nullopt;
  co_return to_stored_key(found->rows.front());
}

Task<std::vector<ApiKey>> ApiKeyStore::list_active(UserId user, Timestamp now) {
  const auto found =
      co_await database_.read({kListActive, {user.to_string(), to_microseconds(now)}});
  if (!found) co_return Failure(found.error());
  std::vector<ApiKey> keys;
  for (const auto& row : found->rows) keys.push_back(to_key(row));
  co_return keys;
}

sql::Call ApiKeyStore::insert(const ApiKey& key, UserId user, std::string secret_hash,
                              std::int64_t most) {
  return {
      kInsert,
      {key.id.to_string(), key.lookup_id, std::move(secret_hash), user.to_string(), key.name,
       std::int64_t{key.scopes}, to_microseconds(key.created_at), to_value(key.expires_at), most},
      sql::Expect::one_row};
}

sql::Call ApiKeyStore::revoke(UserId user, ApiKeyId id, Timestamp at) {
  return {kRevoke, {user.to_string(), id.to_string(), to_microseconds(at)}, sql::Expect::one_row};
}

sql::Call ApiKeyStore::mark_used(KeyUsage::Use use) {
  return {kMarkUsed, {use.id.to_string(), to_microseconds(use.at)}};
}

sql::Call ApiKeyStore::delete_over(Timestamp before) {
  return {kDeleteOver, {to_microseconds(before)}};
}

}  // namespace sovereign::registry
