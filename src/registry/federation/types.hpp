// Peers as administrators and developers see them, and what they send to change them. Tokens are
// not part of a peer: they come in, and one that was made here goes out once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "registry/federation/peers.hpp"
#include "registry/ids.hpp"

namespace sovereign::registry {

struct Peer {
  PeerId id;
  std::string name;
  std::string registry_url;  ///< As normalise_peer_url() leaves it.
  std::string admin_contact;
  std::string description;
  PeerMode mode = PeerMode::query;
  PeerStatus status = PeerStatus::pending_approval;
  std::optional<std::string> tls_pin;
  std::optional<std::string> public_key;   ///< Ed25519, base64url.
  std::optional<UserId> proposed_by;       ///< Unset for one that an administrator added.
  std::optional<std::string> approved_by;  ///< An Actor's id.
  std::optional<Timestamp> approved_at;
  std::int64_t version = 1;  ///< Grows with every change; the entity tag.
  Timestamp created_at{};
  Timestamp updated_at{};
};

/// The answer to whoever makes a peer active: the peer, and the pair's token if it was made here.
struct PeerWithToken : Peer {
  std::optional<std::string> federation_access_token;
};

/// What anyone may know of an active peer.
struct PublicPeer {
  PeerId id;
  std::string name;
  std::string description;
  std::string registry_url;
  PeerStatus status = PeerStatus::active;
  Timestamp created_at{};
  std::optional<Timestamp> approved_at;
};

/// The tokens of a pair, as somebody enters them.
struct EnteredTokens {
  std::optional<std::string> federation_access_token;
  std::optional<std::string> inbound_access_token;
};

/// A developer's proposal.
struct PeerProposal {
  std::string name;
  std::string registry_url;
  std::string admin_contact;
  std::string description;
};

/// An administrator's new peer.
struct PeerRequest : PeerProposal {
  EnteredTokens tokens() const { return {federation_access_token, inbound_access_token}; }

  std::optional<std::string> federation_access_token;
  std::optional<std::string> inbound_access_token;
  PeerMode mode = PeerMode::query;
  std::optional<std::string> tls_pin;
  std::optional<std::string> public_key;
};

/// What is to be different; members left out stay.
struct PeerChange {
  std::optional<std::string> name;
  std::optional<std::string> registry_url;
  std::optional<std::string> admin_contact;
  std::optional<std::string> description;
  std::optional<PeerMode> mode;
  std::optional<std::string> tls_pin;     ///< Empty: none any more.
  std::optional<std::string> public_key;  ///< Empty: learn it anew.
  std::optional<std::string> federation_access_token;
  std::optional<std::string> inbound_access_token;
};

struct PeerListQuery {
  std::optional<PeerStatus> status;
  std::int64_t skip = 0;
  std::int64_t limit = 100;
};

struct PeerPaging {
  std::int64_t skip = 0;
  std::int64_t limit = 100;
};

struct PeerPagination {
  std::int64_t total_items = 0;
  std::int64_t limit = 0;
  std::int64_t offset = 0;
  std::int64_t total_pages = 0;
  std::int64_t current_page = 0;  ///< From 1.
};
PeerPagination pagination_of(std::int64_t total, const PeerPaging& paging);

struct PeerPage {
  std::vector<Peer> items;
  PeerPagination pagination;
};

struct PublicPeerPage {
  std::vector<PublicPeer> items;
  PeerPagination pagination;
};

PublicPeer public_view(const Peer& peer);
std::string etag_of(const Peer& peer);

}  // namespace sovereign::registry
