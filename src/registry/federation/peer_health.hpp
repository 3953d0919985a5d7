// What this process knows of each peer it asks: its circuit breaker, how fast it answers, and its
// metrics.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "registry/federation/breaker.hpp"
#include "registry/federation/hedging.hpp"
#include "registry/federation/peers.hpp"
#include "telemetry/metrics.hpp"

namespace sovereign::registry {

/// Any thread.
class PeerHealth {
 public:
  PeerHealth(telemetry::Metrics& metrics, const Clock& clock, base::Random& random,
             std::string metric_name);

  /// As Breaker::admit(); counts as sent.
  bool admit();
  void succeeded(std::chrono::microseconds time);
  void failed();

  /// As Hedging; patience() is nothing when no second request may be sent.
  std::optional<std::chrono::microseconds> patience() const;
  bool take_hedge();

  /// A query ended so, whoever answered it. `status` is one of a fixed few words.
  void count(std::string_view status, std::chrono::nanoseconds time);
  void count_cache_hit();

 private:
  telemetry::Metrics& metrics_;
  const Clock& clock_;
  base::Random& random_;
  const std::string metric_name_;
  telemetry::Gauge& healthy_;
  mutable std::mutex mutex_;
  Breaker breaker_;
  Hedging hedging_;
};

/// One for each peer; a peer that moved starts anew. Any thread.
class PeersHealth {
 public:
  /// Peers with a metric of their own; further ones share the name "other".
  static constexpr std::size_t kMostNames = 64;

  PeersHealth(telemetry::Metrics& metrics, const Clock& clock, base::Random& random)
      : metrics_(metrics), clock_(clock), random_(random) {}

  std::shared_ptr<PeerHealth> of(const ActivePeer& peer);

 private:
  struct Known {
    std::string url;
    std::shared_ptr<PeerHealth> health;
  };
  /// Far more than there are peers at once: those that are gone are forgotten then.
  static constexpr std::size_t kMostPeers = 1'000;

  telemetry::Metrics& metrics_;
  const Clock& clock_;
  base::Random& random_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;  ///< By id.
  std::set<std::string, std::less<>> names_;
};

}  // namespace sovereign::registry
