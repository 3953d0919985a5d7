// Sessions and their refresh tokens in SQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/accounts/store.hpp"

namespace sovereign::registry {

/// A refresh token with the session and the account behind it.
struct StoredRefresh {
  SessionId session;
  bool is_session_over = false;
  Timestamp expires_at{};
  std::optional<Timestamp> used_at;
  User user;
};

/// What a rotation replaces and by what.
struct Rotation {
  SessionId session;
  std::string old_digest;
  std::string new_digest;
  Timestamp at{};
  Timestamp expires_at{};
};

class SessionStore {
 public:
  explicit SessionStore(sql::Database& database) : database_(database) {}

  Task<std::optional<StoredRefresh>> find_refresh(std::string digest);
  Task<std::vector<Session>> list_active(UserId user, Timestamp now);
  Task<bool> exists(UserId user, SessionId session);

  static sql::Call insert(const Session& session, UserId user);
  static sql::Call insert_refresh(std::string digest, SessionId session, Timestamp at,
                                  Timestamp expires_at);
  /// Uses the old token up, prolongs the session, adds the new token: three calls; the first
  /// affects no row when another was faster.
  static std::vector<sql::Call> rotate(Rotation rotation);
  /// The rest return the ids of the sessions they ended.
  static sql::Call end(UserId user, SessionId session, Timestamp at);
  static sql::Call end_all_but(UserId user, std::optional<SessionId> kept, Timestamp at);
  static sql::Call end_least_recent(UserId user, std::int64_t kept, Timestamp at);
  static std::vector<sql::Call> delete_over(Timestamp before);

 private:
  sql::Database& database_;
};

}  // namespace sovereign::registry
