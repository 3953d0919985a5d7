#include "registry/federation/follower.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"

namespace sovereign::registry {
namespace {

/// nullopt when its secrets cannot be read with this key.
std::optional<ActivePeer> open(const StoredPeer& stored, const FederationKey& key) {
  const auto& peer = stored.peer;
  if (!stored.presented_token || !stored.accepted_digest) return std::nullopt;
  auto token = key.open_token(peer.id, *stored.presented_token);
  const auto digest = base::from_hex(*stored.accepted_digest);
  if (!token || !digest || digest->size() != crypto::Digest256{}.size()) return std::nullopt;
  ActivePeer active{.id = peer.id,
                    .name = peer.name,
                    .url = peer.registry_url,
                    .token = std::move(*token),
                    .tls_pin = peer.tls_pin,
                    .mode = peer.mode,
                    .version = peer.version};
  std::ranges::copy(*digest, active.accepted.begin());
  if (peer.public_key) active.public_key = crypto::parse_ed25519_key(*peer.public_key);
  return active;
}

/// The same version of a peer, opened before.
const ActivePeer* find_known(const std::vector<ActivePeer>& known, const Peer& peer) {
  const auto found = std::ranges::find(known, peer.id, &ActivePeer::id);
  return found != known.end() && found->version == peer.version ? &*found : nullptr;
}

}  // namespace

std::uint64_t PeerFollower::next_read() {
  const std::lock_guard lock(mutex_);
  return ++started_;
}

Result<void> PeerFollower::load() {
  const auto read = next_read();
  auto stored = store_.scan_active();
  if (!stored) return Failure(stored.error());
  static_cast<void>(apply(read, std::move(*stored)));
  return {};
}

Task<void> PeerFollower::catch_up() {
  const auto read = next_read();
  auto stored = co_await store_.active();
  if (!stored) co_return Failure(stored.error());
  co_return apply(read, std::move(*stored));
}

Result<void> PeerFollower::apply(std::uint64_t read, std::vector<StoredPeer> stored) {
  const std::lock_guard lock(mutex_);
  if (read < applied_) return {};
  applied_ = read;
  const auto known = peers_.active();
  std::vector<ActivePeer> peers;
  std::string unreadable;
  for (const auto& each : stored) {
    if (const auto* same = find_known(*known, each.peer)) {
      peers.push_back(*same);
    } else if (auto opened = open(each, key_)) {
      peers.push_back(std::move(*opened));
    } else {
      unreadable = each.peer.name;
    }
  }
  peers_.replace(std::move(peers));
  if (unreadable.empty()) return {};
  return base::fail(
      ErrorCode::unavailable,
      fmt::format("The token of peer {} was sealed with another federation key: give this registry "
                  "the key it had (AGENTVAULT_FEDERATION_KEY, or federation.key in the data "
                  "folder), or remove the peer and add it again.",
                  unreadable));
}

}  // namespace sovereign::registry
