// Keeps the active peers in memory true to the database, whoever changes them: this process, a
// replica, or the command line.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "registry/federation/peers.hpp"
#include "registry/federation/store.hpp"

namespace sovereign::registry {

class PeerFollower {
 public:
  /// All must outlive this.
  PeerFollower(sql::Database& database, const FederationKey& key, Peers& peers)
      : store_(database), key_(key), peers_(peers) {}

  /// Blocks: at start, before the first request. A peer whose token another key sealed is left out;
  /// catch_up() says so.
  Result<void> load();

  /// Call it about once a second, and after a change. Errors: unavailable; also when a peer's token
  /// was sealed with another federation key, which leaves out this peer only.
  Task<void> catch_up();

 private:
  /// Reads are numbered when they start; one that was overtaken by a later one is dropped.
  std::uint64_t next_read();
  Result<void> apply(std::uint64_t read, std::vector<StoredPeer> stored);

  PeerStore store_;
  const FederationKey& key_;
  Peers& peers_;
  std::mutex mutex_;
  std::uint64_t started_ = 0;
  std::uint64_t applied_ = 0;
};

}  // namespace sovereign::registry
