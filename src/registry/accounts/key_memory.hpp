// API keys that were checked lately, found by a digest under a key that this process made up: the
// memory holds nothing that could be used elsewhere. And when keys were used, until it is written.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/random.hpp"
#include "crypto/digest.hpp"
#include "registry/accounts/types.hpp"

namespace sovereign::registry {

/// What a checked key allows.
struct KnownKey {
  ApiKeyId id;
  UserId user;
  std::string email;
  std::uint8_t scopes = 0;
  Timestamp expires_at = Timestamp::max();
};

/// Any thread.
class KeyMemory {
 public:
  static constexpr std::chrono::seconds kLifetime{60};
  static constexpr std::size_t kMaxKeys = 10'000;  ///< About 3 MB; a full shard starts afresh.

  explicit KeyMemory(base::Random& random);

  /// nullopt: unknown, older than kLifetime, or expired by its own date.
  std::optional<KnownKey> find(std::string_view key, Timestamp now) const;

  /// Taken before the database is asked about a key; remember() drops what a forget() has
  /// overtaken.
  std::uint64_t ticket() const { return forgotten_.load(); }
  void remember(std::string_view key, KnownKey known, Timestamp now, std::uint64_t ticket);
  void forget(ApiKeyId id);

 private:
  struct Entry {
    KnownKey known;
    Timestamp valid_until{};
  };
  struct DigestHash {
    std::size_t operator()(const crypto::Digest256& digest) const noexcept;
  };
  static constexpr std::size_t kShards = 16;
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<crypto::Digest256, Entry, DigestHash> entries;
  };

  Shard& shard_of(const crypto::Digest256& digest) const {
    return shards_[digest.back() % kShards];
  }

  const crypto::HmacKey digest_key_;
  std::atomic<std::uint64_t> forgotten_ = 0;
  mutable std::array<Shard, kShards> shards_;
};

/// When keys were used, until write_usage() takes it.
class KeyUsage {
 public:
  struct Use {
    ApiKeyId id;
    Timestamp at{};
  };

  void note(ApiKeyId id, Timestamp at);
  std::vector<Use> take();

 private:
  std::mutex mutex_;
  std::map<ApiKeyId, Timestamp> uses_;
};

}  // namespace sovereign::registry
