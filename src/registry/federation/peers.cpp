#include "registry/federation/peers.hpp"

#include <algorithm>
#include <utility>

namespace sovereign::registry {

Peers::Peers(const FederationKey& key)
    : key_(key), active_(std::make_shared<const std::vector<ActivePeer>>()) {}

ActivePeers Peers::active() const {
  const std::lock_guard lock(mutex_);
  return active_;
}

std::optional<PeerId> Peers::authenticate(std::string_view bearer) const {
  const auto presented = key_.token_digest(bearer);
  const auto peers = active();
  std::optional<PeerId> found;
  for (const auto& peer : *peers) {
    if (crypto::equal_constant_time(peer.accepted, presented)) found = peer.id;
  }
  return found;
}

void Peers::replace(std::vector<ActivePeer> peers) {
  std::ranges::sort(peers, {}, &ActivePeer::name);
  auto next = std::make_shared<const std::vector<ActivePeer>>(std::move(peers));
  const std::lock_guard lock(mutex_);
  active_.swap(next);
}

}  // namespace sovereign::registry
