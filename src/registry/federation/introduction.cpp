#include "registry/federation/introduction.hpp"

#include <algorithm>

namespace sovereign::registry {

Task<void> PeerIntroduction::run() {
  const auto peers = peers_.active();
  std::erase_if(attempts_, [&](const auto& attempt) {
    return std::ranges::none_of(*peers, [&](const ActivePeer& peer) {
      return peer.id == attempt.first && !peer.public_key;
    });
  });
  Result<void> outcome;
  for (const auto& peer : *peers) {
    if (peer.public_key) continue;
    auto& attempt = attempts_[peer.id];
    if (clock_.steady_now() < attempt.next) continue;
    attempt.next = clock_.steady_now() + attempt.wait;
    attempt.wait = std::min(attempt.wait * 2, kSlowest);
    auto meeting = meet(peer);
    const auto met = co_await std::move(meeting);
    if (!met) outcome = met;
  }
  co_return outcome;
}

Task<void> PeerIntroduction::meet(const ActivePeer& peer) {
  auto asking = contact_.info(peer.url, peer.tls_pin);
  const auto info = co_await std::move(asking);
  if (!info || !crypto::parse_ed25519_key(info->public_key)) co_return Result<void>{};
  auto pinning = service_.pin_key(peer.id, info->public_key);
  co_return co_await std::move(pinning);
}

}  // namespace sovereign::registry
