#include "registry/accounts/key_memory.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sovereign::registry {
namespace {

crypto::HmacKey make_digest_key(base::Random& random) {
  std::string bytes(32, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  crypto::HmacKey key(bytes);
  crypto::wipe(bytes);
  return key;
}

}  // namespace

std::size_t KeyMemory::DigestHash::operator()(const crypto::Digest256& digest) const noexcept {
  std::size_t value;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

KeyMemory::KeyMemory(base::Random& random) : digest_key_(make_digest_key(random)) {}

std::optional<KnownKey> KeyMemory::find(std::string_view key, Timestamp now) const {
  const auto digest = digest_key_.sign(key);
  const auto& shard = shard_of(digest);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(digest);
  if (found == shard.entries.end() || now >= found->second.valid_until) return std::nullopt;
  return found->second.known;
}

void KeyMemory::remember(std::string_view key, KnownKey known, Timestamp now,
                         std::uint64_t ticket) {
  const auto digest = digest_key_.sign(key);
  const auto valid_until = std::min(now + kLifetime, known.expires_at);
  auto& shard = shard_of(digest);
  const std::lock_guard lock(shard.mutex);
  // Under the lock that forget() takes after it has counted: either this sees the count, or that
  // finds the entry.
  if (forgotten_.load() != ticket) return;
  if (shard.entries.size() >= kMaxKeys / kShards) shard.entries.clear();
  shard.entries.insert_or_assign(digest, Entry{std::move(known), valid_until});
}

void KeyMemory::forget(ApiKeyId id) {
  forgotten_.fetch_add(1);
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    std::erase_if(shard.entries, [&](const auto& entry) { return entry.second.known.id == id; });
  }
}

void KeyUsage::note(ApiKeyId id, Timestamp at) {
  const std::lock_guard lock(mutex_);
  if (uses_.size() >= KeyMemory::kMaxKeys && !uses_.contains(id)) return;
  auto& use = uses_[id];
  use = std::max(use, at);
}

std::vector<KeyUsage::Use> KeyUsage::take() {
  const std::lock_guard lock(mutex_);
  std::vector<Use> uses;
  uses.reserve(uses_.size());
  for (const auto& [id, at] : uses_) uses.push_back({id, at});
  uses_.clear();
  return uses;
}

}  // namespace sovereign::registry
