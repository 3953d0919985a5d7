#include "cache/memory.hpp"

#include <utility>

#include "cache/limits.hpp"

namespace sovereign::cache {

Task<std::optional<std::string>> MemoryCache::get(std::string key) {
  if (auto checked = check_size(key); !checked) co_return Failure(checked.error());
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) co_return std::nullopt;
  const auto entry = found->second;
  if (entry->until <= now) {
    erase(entry);
    co_return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  co_return entry->value;
}

Task<void> MemoryCache::set(std::string key, std::string value, std::chrono::milliseconds life) {
  if (auto checked = check_size(key, value); !checked) co_return Failure(checked.error());
  const auto until = clock_.steady_now() + life;
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(key); known != by_key_.end()) erase(known->second);
  bytes_ += key.size() + value.size();
  entries_.push_front({.key = std::move(key), .value = std::move(value), .until = until});
  by_key_.emplace(entries_.front().key, entries_.begin());
  make_room();
  co_return Result<void>();
}

Task<void> MemoryCache::remove(std::string key) {
  if (auto checked = check_size(key); !checked) co_return Failure(checked.error());
  const std::lock_guard lock(mutex_);
  if (const auto known = by_key_.find(key); known != by_key_.end()) erase(known->second);
  co_return Result<void>();
}

void MemoryCache::erase(Entries::iterator entry) {
  bytes_ -= entry->key.size() + entry->value.size();
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

void MemoryCache::make_room() {
  while (bytes_ > capacity_bytes_) erase(std::prev(entries_.end()));
}

void MemoryBroadcast::publish(std::string_view channel, std::string_view message) {
  const auto [first, last] = listeners_.equal_range(channel);
  for (auto entry = first; entry != last; ++entry) entry->second(message);
}

void MemoryBroadcast::subscribe(std::string_view channel, Listener listener) {
  listeners_.emplace(std::string(channel), std::move(listener));
}

}  // namespace sovereign::cache
