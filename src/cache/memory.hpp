// The engine of one process alone.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "cache/cache.hpp"

namespace sovereign::cache {

/// Never away. Holds at most `capacity_bytes` of keys and values; those not used for longest go.
class MemoryCache final : public Cache {
 public:
  static constexpr std::size_t kDefaultCapacityBytes = 64UL * 1024 * 1024;

  /// `clock` must outlive this.
  explicit MemoryCache(const Clock& clock, std::size_t capacity_bytes = kDefaultCapacityBytes)
      : clock_(clock), capacity_bytes_(capacity_bytes) {}

  Task<std::optional<std::string>> get(std::string key) override;
  Task<void> set(std::string key, std::string value, std::chrono::milliseconds life) override;
  Task<void> remove(std::string key) override;

 private:
  struct Entry {
    std::string key;
    std::string value;
    SteadyTime until;
  };
  using Entries = std::list<Entry>;

  /// Both with the mutex held.
  void erase(Entries::iterator entry);
  void make_room();

  const Clock& clock_;
  const std::size_t capacity_bytes_;
  std::mutex mutex_;
  Entries entries_;  ///< The one used last comes first.
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  ///< Views into `entries_`.
  std::size_t bytes_ = 0;
};

/// Calls the listeners at once, on the publisher's thread.
class MemoryBroadcast final : public Broadcast {
 public:
  void publish(std::string_view channel, std::string_view message) override;
  void subscribe(std::string_view channel, Listener listener) override;

 private:
  std::multimap<std::string, Listener, std::less<>> listeners_;
};

}  // namespace sovereign::cache
