// The registries that this one is peered with, as requests need them: who is asked, and whose
// questions are answered. In memory; PeerFollower keeps it true to the database, on every replica.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.hpp"
#include "crypto/signature.hpp"
#include "json/table.hpp"
#include "registry/federation/key.hpp"
#include "registry/ids.hpp"

namespace sovereign::registry {

/// How a peer's agents reach a federated search.
enum class PeerMode : std::uint8_t {
  query,      ///< It is asked while the caller waits.
  replicate,  ///< Its change feed is followed; searches read the local copy.
};

enum class PeerStatus : std::uint8_t {
  pending_approval,  ///< Proposed by a developer; waits for an administrator.
  active,            ///< The only status in which anything is asked or answered.
  inactive,
  rejected,
};

/// A peer in status active, ready to be spoken to.
struct ActivePeer {
  PeerId id;
  std::string name;              ///< Shown as the origin_registry_name of its agents.
  std::string url;               ///< Normalised: lower-case scheme and host, no slash at the end.
  std::string token;             ///< What we present to it as a bearer token. Secret: never log it.
  crypto::Digest256 accepted{};  ///< FederationKey::token_digest() of what it presents to us.
  std::optional<std::string> tls_pin;  ///< "sha256//<base64>" of its certificate's public key.
  PeerMode mode = PeerMode::query;
  /// What it signs its change feed with; nullopt until its /federation/info was read.
  std::optional<crypto::Ed25519PublicKey> public_key;
  std::int64_t version = 0;  ///< Grows with every change of the peer.

  bool operator==(const ActivePeer&) const = default;
};

using ActivePeers = std::shared_ptr<const std::vector<ActivePeer>>;

/// Any thread.
class Peers {
 public:
  /// `key` must outlive this.
  explicit Peers(const FederationKey& key);

  /// The active peers, ordered by name. Never null. Hold it for one request, not longer: a peer
  /// that was removed is in it until it is let go.
  ActivePeers active() const;

  /// The active peer that presents `bearer`, in a time that does not depend on which or whether.
  std::optional<PeerId> authenticate(std::string_view bearer) const;

  /// The state of the database, as PeerFollower read it.
  void replace(std::vector<ActivePeer> peers);

 private:
  const FederationKey& key_;
  mutable std::mutex mutex_;
  ActivePeers active_;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Names<sovereign::registry::PeerMode> {
  using enum sovereign::registry::PeerMode;
  static constexpr std::array values = {EnumName{query, "query"}, EnumName{replicate, "replicate"}};
};

template <>
struct sovereign::json::Names<sovereign::registry::PeerStatus> {
  using enum sovereign::registry::PeerStatus;
  static constexpr std::array values = {EnumName{pending_approval, "PENDING_APPROVAL"},
                                        EnumName{active, "ACTIVE"}, EnumName{inactive, "INACTIVE"},
                                        EnumName{rejected, "REJECTED"}};
};
