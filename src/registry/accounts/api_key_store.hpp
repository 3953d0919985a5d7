// API keys in SQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/accounts/key_memory.hpp"
#include "registry/accounts/store.hpp"

namespace sovereign::registry {

/// A key as it is checked.
struct StoredKey {
  ApiKey key;
  std::string secret_hash;
  User user;
};

class ApiKeyStore {
 public:
  explicit ApiKeyStore(sql::Database& database) : database_(database) {}

  /// Not revoked; expired or not.
  Task<std::optional<StoredKey>> find(std::string lookup_id);
  /// Not revoked and not expired at `now`, newest first.
  Task<std::vector<ApiKey>> list_active(UserId user, Timestamp now);

  /// One row unless the account has `most` active keys already.
  static sql::Call insert(const ApiKey& key, UserId user, std::string secret_hash,
                          std::int64_t most);
  /// One row if the account has such a key; a repeat keeps the first time.
  static sql::Call revoke(UserId user, ApiKeyId id, Timestamp at);
  static sql::Call mark_used(KeyUsage::Use use);
  /// Those that were revoked or expired before then.
  static sql::Call delete_over(Timestamp before);

 private:
  sql::Database& database_;
};

}  // namespace sovereign::registry
