// API keys: "avreg_" and 43 url-safe characters. The first 12 of these find the row and are not
// secret; the other 31 hold 186 bits. Only a bcrypt hash of the whole is stored (seed: API Key
// Management). A key that was checked is remembered for a minute by a keyed digest.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/accounts/api_key_messages.hpp"
#include "registry/accounts/api_key_store.hpp"
#include "registry/accounts/failure_limit.hpp"
#include "registry/accounts/key_memory.hpp"
#include "registry/accounts/service.hpp"

namespace sovereign::registry {

inline constexpr std::int64_t kMaxApiKeys = 50;  ///< Active ones of one account.
/// How long the row of a revoked or expired key is kept, for who asks what became of it.
inline constexpr std::chrono::hours kEndedKeyLifetime{24 * 30};
inline constexpr std::string_view kApiKeyPrefix = "avreg_";

/// A key as answers show it.
ApiKeyItem item_of(const ApiKey& key);

class ApiKeys {
 public:
  /// `pool` computes the hashes; `limiter` knows the policy auth.api_key. Both must outlive this.
  ApiKeys(AccountParts parts, async::WorkerPool& pool, http::RateLimiter& limiter);

  /// Errors: forbidden (admin scope without the role), unprocessable, conflict (too many keys),
  /// unavailable.
  Task<CreatedApiKey> create(http::Principal owner, ApiKeyRequest request, Actor actor);
  /// Those that work, newest first. Errors: unavailable.
  Task<std::vector<ApiKey>> list(UserId user);
  /// At once, here; on other replicas when they hear of it or next catch up. Errors: not_found,
  /// unavailable.
  Task<void> revoke(UserId user, ApiKeyId id, Actor actor);

  /// The key's account and rights if it was checked within the last minute. Costs about a
  /// microsecond.
  std::optional<KnownKey> find_known(std::string_view key) const;
  /// The full check. `address` is whom a failure counts against. Errors: unauthenticated,
  /// too_many_requests, unavailable.
  Task<KnownKey> check(std::string key, std::string address);

  /// Drops a key from memory, because another replica revoked it.
  void forget(ApiKeyId id) { memory_.forget(id); }

  /// Writes when keys were used last, at most once a minute for each. Errors: unavailable; nothing
  /// is lost then.
  Task<void> write_usage();

  /// Removes the rows of keys that ended more than kEndedKeyLifetime before `now`. Errors:
  /// unavailable.
  Task<void> purge(Timestamp now);

 private:
  Task<KnownKey> refuse(std::string address);

  AccountParts parts_;
  async::WorkerPool& pool_;
  ApiKeyStore store_;
  KeyMemory memory_;
  FailureLimit failures_;
  KeyUsage usage_;
};

}  // namespace sovereign::registry
