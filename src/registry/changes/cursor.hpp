// Cursors of the change feed: a place in its one order, opaque to clients. base64url of
//   1 byte format (1) | 1 byte kind (0 change, 1 snapshot) | 8 bytes position
//   | with a snapshot: 8 bytes created_at, 16 bytes agent | 12 bytes of an HMAC-SHA-256 of all
//   before
// with integers in big-endian order. The key is the same on all replicas.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "crypto/digest.hpp"
#include "registry/ids.hpp"

namespace sovereign::registry {

/// Behind an agent of a snapshot, which goes by age.
struct SnapshotPlace {
  Timestamp created_at{};
  AgentId agent;
  bool operator==(const SnapshotPlace&) const = default;
};

struct ChangeCursor {
  /// Behind the change at this position; of a snapshot, where the changes after it begin.
  std::int64_t position = 0;
  std::optional<SnapshotPlace> snapshot = {};  ///< Present while a snapshot goes on.
  bool operator==(const ChangeCursor&) const = default;
};

/// Any thread.
class ChangeCursors {
 public:
  /// `secret` is the replicas' common one; the key is derived from it.
  explicit ChangeCursors(std::string_view secret);

  std::string encode(const ChangeCursor& cursor) const;
  /// Nothing when `text` is not what encode() wrote, with the same secret.
  std::optional<ChangeCursor> decode(std::string_view text) const;

 private:
  const crypto::HmacKey key_;
};

}  // namespace sovereign::registry
