// How a Redis Cluster spreads keys (https://redis.io/docs/reference/cluster-spec): which slot a key
// is in, which node has a slot, and what a node that does not have it answers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cache/redis_url.hpp"
#include "cache/resp.hpp"

namespace sovereign::cache {

inline constexpr std::uint16_t kSlots = 16384;

/// CRC-16 (XMODEM) of the key, or of what its first {braces} hold when that is not empty.
std::uint16_t slot_of(std::string_view key);

/// "MOVED 3999 127.0.0.1:6381": that node has the slot from now on. "ASK ...": only for this key.
struct Redirection {
  enum class Kind { moved, ask };
  Kind kind = Kind::moved;
  std::uint16_t slot = 0;
  RedisNode node;  ///< An empty host: the one that answered.
  bool operator==(const Redirection&) const = default;
};
std::optional<Redirection> redirection_of(const Reply& reply);

/// Which node is the master of each slot.
class SlotMap {
 public:
  static constexpr std::size_t kMaxNodes = 256;

  /// What CLUSTER SLOTS answered at `asked`; nullopt when it is something else (a server that is
  /// no cluster answers an error), or has more nodes than the limit.
  static std::optional<SlotMap> read(const Reply& reply, const RedisNode& asked);

  /// Null when nobody has it.
  const RedisNode* node_of(std::uint16_t slot) const;
  void move(std::uint16_t slot, const RedisNode& node);
  const std::vector<RedisNode>& nodes() const { return nodes_; }

 private:
  static constexpr std::uint16_t kNobody = 0xffff;

  SlotMap() { owners_.fill(kNobody); }
  std::uint16_t index_of(const RedisNode& node);

  std::vector<RedisNode> nodes_;
  std::array<std::uint16_t, kSlots> owners_;  ///< Indices into nodes_.
};

}  // namespace sovereign::cache
