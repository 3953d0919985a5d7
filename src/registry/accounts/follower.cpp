#include "registry/accounts/follower.hpp"

namespace sovereign::registry {
namespace {

constexpr sql::Statement kEndedSince{"sessions.ended_since",
                                     "SELECT id, ended_at FROM sessions WHERE ended_at > $1"};
constexpr sql::Statement kChangedSince{
    "users.changed_since",
    "SELECT id, is_active, is_verified, role, updated_at FROM users WHERE updated_at > $1"};
constexpr sql::Statement kRevokedSince{"api_keys.revoked_since",
                                       "SELECT id FROM api_keys WHERE revoked_at > $1"};

}  // namespace

Result<void> AccountFollower::load() {
  const auto now = clock_.now();
  const auto from = to_microseconds(now - standing_.access_lifetime());
  const auto scanned =
      database_.scan({kEndedSince, {from}}, [&](std::span<const sql::Value> columns) {
        standing_.end({to_uuid(columns[0])}, from_microseconds(sql::integer(columns[1])));
        return true;
      });
  if (scanned) since_ = now;
  return scanned;
}

Task<void> AccountFollower::catch_up() {
  const auto now = clock_.now();
  const auto since = to_microseconds(since_ - kOverlap);
  const auto sessions = co_await database_.read({kEndedSince, {since}});
  if (!sessions) co_return Failure(sessions.error());
  const auto users = co_await database_.read({kChangedSince, {since}});
  if (!users) co_return Failure(users.error());
  const auto keys = co_await database_.read({kRevokedSince, {since}});
  if (!keys) co_return Failure(keys.error());
  for (const auto& row : sessions->rows)
    standing_.end({to_uuid(row[0])}, from_microseconds(sql::integer(row[1])));
  for (const auto& row : users->rows)
    standing_.update({to_uuid(row[0])}, read_state(std::span(row).subspan(1)));
  for (const auto& row : keys->rows) api_keys_.forget({to_uuid(row[0])});
  since_ = now;
  co_return Result<void>();
}

}  // namespace sovereign::registry
