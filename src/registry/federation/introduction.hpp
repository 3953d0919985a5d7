// Learns the public keys of active peers, once each: what a peer's /federation/info says at the
// first meeting is kept, and its change feed is trusted by that key from then on.
#pragma once

#include <map>

#include "registry/federation/contact.hpp"
#include "registry/federation/service.hpp"

namespace sovereign::registry {

class PeerIntroduction {
 public:
  /// A peer that does not answer is asked again after 2 s, 4 s ... up to kSlowest.
  static constexpr std::chrono::seconds kFirst{2};
  static constexpr std::chrono::seconds kSlowest{600};

  /// All must outlive this.
  PeerIntroduction(const Peers& peers, PeerContact& contact, PeerService& service,
                   const Clock& clock)
      : peers_(peers), contact_(contact), service_(service), clock_(clock) {}

  /// Meets the peers whose turn it is; call it about once a second, one call at a time. A peer that
  /// does not answer is no error.
  Task<void> run();

 private:
  struct Attempt {
    SteadyTime next{};
    std::chrono::seconds wait = kFirst;
  };
  Task<void> meet(const ActivePeer& peer);

  const Peers& peers_;
  PeerContact& contact_;
  PeerService& service_;
  const Clock& clock_;
  std::map<PeerId, Attempt> attempts_;
};

}  // namespace sovereign::registry
