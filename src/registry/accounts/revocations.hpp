// What this process revokes is refused by it at once; this tells the other replicas at once too.
// The database stays the truth: a message that is lost is made good by AccountFollower within a
// second. A message can only take rights away or make a replica ask the database, never grant
// anything.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "cache/cache.hpp"
#include "registry/accounts/standing.hpp"

namespace sovereign::registry {

class ApiKeys;

/// Any thread. Call it after the change was committed.
class Revocations {
 public:
  /// All must outlive this.
  Revocations(cache::Broadcast& broadcast, Standing& standing, const Clock& clock)
      : broadcast_(broadcast), standing_(standing), clock_(clock) {}

  /// Takes note of what other replicas say; before the broadcast starts. `api_keys` must outlive
  /// the broadcast.
  void listen(ApiKeys& api_keys);

  /// The session's tokens are refused from now on.
  void session_ended(SessionId session, Timestamp at);
  /// The account's state (role, verified, active) is `state` from now on.
  void account_changed(UserId user, const AccountState& state);
  /// The key was dropped from this process's memory already.
  void api_key_revoked(ApiKeyId key);

  /// Messages that said something, this process's own included; for metrics.
  std::uint64_t received() const { return received_.load(std::memory_order_relaxed); }

 private:
  void tell(std::string_view kind, const Uuid& id);
  void receive(std::string_view message, ApiKeys& api_keys);

  cache::Broadcast& broadcast_;
  Standing& standing_;
  const Clock& clock_;
  std::atomic<std::uint64_t> received_ = 0;
};

}  // namespace sovereign::registry
