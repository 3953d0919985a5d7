// How many agents of each peer have a capability: asked for now and then, so that the directory of
// capabilities never waits for peers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/client.hpp"
#include "registry/federation/fan_out.hpp"
#include "registry/federation/peers.hpp"

namespace sovereign::registry {

using CapabilityCounts = std::map<std::string, std::uint64_t, std::less<>>;

/// Any thread.
class PeerCapabilities {
 public:
  /// Capabilities taken of one peer: its most frequent.
  static constexpr std::size_t kMost = 100;

  /// All must outlive this; of the options it takes addresses, ca_file and deadline.
  PeerCapabilities(http::Client& client, const Peers& peers, const FanOutOptions& options)
      : client_(client), peers_(peers), options_(options) {}

  /// Asks all active peers, one after the other; call it about once a minute. What a peer that
  /// fails said before stays until it is no peer any more. Never an error.
  Task<void> refresh();

  /// Over all peers. Never null.
  std::shared_ptr<const CapabilityCounts> counts() const;

 private:
  http::ClientRequest request_to(const ActivePeer& peer) const;
  void keep(std::map<PeerId, CapabilityCounts> by_peer);

  http::Client& client_;
  const Peers& peers_;
  const FanOutOptions& options_;
  mutable std::mutex mutex_;
  std::map<PeerId, CapabilityCounts> by_peer_;
  std::shared_ptr<const CapabilityCounts> counts_ = std::make_shared<const CapabilityCounts>();
};

/// What GET /discovery/capabilities of a peer says of its own agents; items that are no
/// capabilities are left out. Error: `unprocessable`.
Result<CapabilityCounts> read_capabilities(std::string_view body);

}  // namespace sovereign::registry
