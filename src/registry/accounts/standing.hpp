// What must be known of an account and of a session before each request, without asking the
// database: states of the accounts seen lately, and the sessions that ended while their access
// tokens still run.
#pragma once

#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "registry/accounts/types.hpp"

namespace sovereign::registry {

/// Any thread.
class Standing {
 public:
  /// Bounds the memory of account states (about 6 MB); beyond it a shard starts afresh.
  static constexpr std::size_t kMaxAccounts = 100'000;

  /// `access_lifetime` is how long a token may outlive the end of its session.
  explicit Standing(std::chrono::seconds access_lifetime) : access_lifetime_(access_lifetime) {}

  /// nullopt: not known here, ask the database and put() what it says.
  std::optional<AccountState> find(UserId user) const;
  /// Remembers `state` unless a newer one is known.
  void put(UserId user, const AccountState& state);
  /// The same for an account that is known here already; others are not worth the memory.
  void update(UserId user, const AccountState& state);
  /// Makes the next request of the account ask the database.
  void forget(UserId user);

  bool is_ended(SessionId session) const;
  void end(SessionId session, Timestamp ended_at);

  /// Forgets ended sessions whose tokens have expired.
  void purge(Timestamp now);

  std::chrono::seconds access_lifetime() const { return access_lifetime_; }
  /// Ended sessions remembered, for metrics.
  std::size_t ended_sessions() const;

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<UserId, AccountState> accounts;
    std::unordered_map<SessionId, Timestamp> ended;
  };

  Shard& shard_of(const Uuid& id) const { return shards_[std::hash<Uuid>{}(id) % kShards]; }

  const std::chrono::seconds access_lifetime_;
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace sovereign::registry
