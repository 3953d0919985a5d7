// The SQL of peers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "registry/federation/types.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

/// A peer with its secrets as they are kept; a proposal has none yet.
struct StoredPeer {
  Peer peer;
  std::optional<std::string> presented_token;  ///< FederationKey::seal_token().
  std::optional<std::string> accepted_digest;  ///< FederationKey::token_digest(), hexadecimal.
};

/// Which peers a list has; none of both: all.
struct PeerFilter {
  std::optional<PeerStatus> status;
  std::optional<UserId> proposed_by;
};

class PeerStore {
 public:
  /// Peers and proposals in all: a fan-out asks every active one, and lists are for people.
  static constexpr std::int64_t kMaxPeers = 256;
  /// Proposals of one developer that wait for an administrator.
  static constexpr std::int64_t kMaxProposals = 5;

  explicit PeerStore(sql::Database& database) : database_(database) {}

  Task<std::optional<StoredPeer>> find(PeerId id);
  /// By id, name (in any case) or registry_url.
  Task<std::optional<StoredPeer>> find_named(std::string text);
  struct Listed {
    std::vector<Peer> peers;
    std::int64_t total = 0;
  };
  /// Newest first.
  Task<Listed> list(PeerFilter filter, PeerPaging paging);
  Task<std::vector<StoredPeer>> active();
  /// The same, blocking: at start and for commands.
  Result<std::vector<StoredPeer>> scan_active();

  // Calls for a Write.
  /// One row, unless there are kMaxPeers.
  static sql::Call insert(const StoredPeer& peer);
  /// One row, unless the developer has kMaxProposals waiting (lock the account first) or there are
  /// kMaxPeers.
  static sql::Call insert_proposal(const Peer& peer, UserId developer);
  /// One row, if the peer is at `peer.version - 1`.
  static sql::Call update(const StoredPeer& peer);
  /// One row, if the peer is at this version.
  static sql::Call remove(PeerId id, std::int64_t version);
  /// One row, if its key is not known yet: what is pinned stays.
  static sql::Call pin_key(PeerId id, const std::string& public_key, Timestamp now);

 private:
  sql::Database& database_;
};

}  // namespace sovereign::registry
