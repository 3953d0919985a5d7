#include "registry/federation/peer_health.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace sovereign::registry {

PeerHealth::PeerHealth(telemetry::Metrics& metrics, const Clock& clock, base::Random& random,
                       std::string metric_name)
    : metrics_(metrics),
      clock_(clock),
      random_(random),
      metric_name_(std::move(metric_name)),
      healthy_(metrics.gauge({.name = "federation_peer_health",
                              .help = "1: the peer is asked; 0: it failed and is left alone.",
                              .labels = {{"peer_name", metric_name_}}})) {
  healthy_.set(1);
}

bool PeerHealth::admit() {
  const std::lock_guard lock(mutex_);
  if (!breaker_.admit(clock_.steady_now())) return false;
  hedging_.sent();
  return true;
}

void PeerHealth::succeeded(std::chrono::microseconds time) {
  const std::lock_guard lock(mutex_);
  breaker_.succeeded();
  hedging_.answered(time);
  healthy_.set(1);
}

void PeerHealth::failed() {
  std::array<std::uint8_t, 2> bytes{};
  random_.fill(bytes);
  std::uint16_t drawn = 0;
  std::memcpy(&drawn, bytes.data(), sizeof drawn);
  constexpr double kRange = 65'536;
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  breaker_.failed(now, drawn / kRange);
  healthy_.set(breaker_.state(now) == BreakerState::closed ? 1 : 0);
}

std::optional<std::chrono::microseconds> PeerHealth::patience() const {
  const std::lock_guard lock(mutex_);
  return hedging_.patience();
}

bool PeerHealth::take_hedge() {
  const std::lock_guard lock(mutex_);
  return hedging_.take();
}

void PeerHealth::count(std::string_view status, std::chrono::nanoseconds time) {
  metrics_
      .latency({.name = "federation_query_duration_seconds",
                .help = "Queries to peers, by how they ended.",
                .labels = {{"peer_name", metric_name_}, {"status", std::string(status)}}})
      .observe(time);
}

void PeerHealth::count_cache_hit() {
  metrics_
      .counter({.name = "federation_cache_hits_total",
                .help = "Queries answered by what a peer said before.",
                .labels = {{"peer_name", metric_name_}}})
      .add();
}

std::shared_ptr<PeerHealth> PeersHealth::of(const ActivePeer& peer) {
  const std::lock_guard lock(mutex_);
  if (known_.size() > kMostPeers) known_.clear();
  auto& known = known_[peer.id.to_string()];
  if (known.health && known.url == peer.url) return known.health;
  if (names_.size() < kMostNames) names_.insert(peer.name);
  const std::string name = names_.contains(peer.name) ? peer.name : "other";
  known = {.url = peer.url,
           .health = std::make_shared<PeerHealth>(metrics_, clock_, random_, name)};
  return known.health;
}

}  // namespace sovereign::registry
