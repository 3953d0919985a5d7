// Peers' answers of the last minutes, by peer and question. In this process; bounded.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "registry/federation/peer_answer.hpp"

namespace sovereign::registry {

struct AnswerCacheLimits {
  std::size_t entries = 4'096;
  std::size_t bytes = std::size_t{64} << 20U;  ///< Of the answers as received.
};

/// Any thread. The least recently used go first.
class AnswerCache {
 public:
  struct Entry {
    std::shared_ptr<const PeerAnswer> answer;
    SteadyTime received{};
  };

  explicit AnswerCache(AnswerCacheLimits limits = {}) : limits_(limits) {}

  std::optional<Entry> find(const std::string& key);
  void put(const std::string& key, Entry entry);

  /// True for the one that should ask anew while others get the old answer; until put() or
  /// refresh_failed().
  bool begin_refresh(const std::string& key);
  void refresh_failed(const std::string& key);

  std::size_t size() const;

 private:
  struct Item {
    std::string key;
    Entry entry;
    bool is_refreshing = false;
  };
  using Items = std::list<Item>;

  void shrink();

  const AnswerCacheLimits limits_;
  mutable std::mutex mutex_;
  Items items_;  ///< The latest used first.
  std::unordered_map<std::string, Items::iterator> places_;
  std::size_t bytes_ = 0;
};

}  // namespace sovereign::registry
