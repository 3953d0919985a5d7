// The rules of peering: an administrator adds a peer or approves one that a developer proposed;
// only then is there a token, and only active peers are asked or answered.
#pragma once

#include <functional>
#include <string>

#include "registry/audit/audit.hpp"
#include "registry/federation/follower.hpp"
#include "registry/federation/key.hpp"
#include "registry/federation/rules.hpp"
#include "registry/federation/store.hpp"
#include "registry/federation/types.hpp"

namespace sovereign::registry {

/// What peering works with; all must outlive it.
struct PeerParts {
  sql::Database& database;
  const Clock& clock;
  base::Random& random;
  const FederationKey& key;
  PeerFollower& follower;  ///< Told of every change made here.
};

struct PeerOptions {
  std::string own_url;  ///< No registry is its own peer.
  PeerAddresses addresses = PeerAddresses::public_only;
};

class PeerService {
 public:
  PeerService(PeerParts parts, const PeerOptions& options);

  /// Adds an active peer. Tokens: the pair's is presented and accepted, unless the inbound one is
  /// given too; left out, it is made and is in the answer. Errors: unprocessable, conflict (name,
  /// URL or accepted token taken, or PeerStore::kMaxPeers reached), unavailable.
  Task<PeerWithToken> add(PeerRequest request, Actor actor);

  /// A peer that waits for an administrator. Errors: as add(); conflict over
  /// PeerStore::kMaxProposals; unauthenticated when the account is gone.
  Task<Peer> propose(PeerProposal proposal, UserId developer, Actor actor);

  /// Error: not_found.
  Task<Peer> find(PeerId id);
  /// By id, name or URL, for the command line. Error: not_found.
  Task<StoredPeer> find_named(std::string text);
  Task<PeerPage> list(PeerFilter filter, PeerPaging paging);

  /// `if_match` as of RFC 9110, empty for none. Errors: as add(); not_found, precondition_failed.
  /// A new URL forgets the public key unless the change brings one.
  Task<Peer> update(PeerId id, PeerChange change, std::string if_match, Actor actor);
  /// `tokens` are for approve, as in add(). Errors: not_found, conflict, precondition_failed.
  Task<PeerWithToken> act(PeerId id, PeerAction action, EnteredTokens tokens, std::string if_match,
                          Actor actor);
  /// Forgets it with its tokens. Errors: not_found, precondition_failed.
  Task<void> remove(PeerId id, std::string if_match, Actor actor);

  /// Keeps the key that the peer's /federation/info has, unless one is kept already.
  Task<void> pin_key(PeerId id, std::string public_key);

 private:
  struct Change {
    std::string_view action;  ///< For the audit trail, a constant.
    std::string if_match;
    std::function<Result<void>(StoredPeer&)> edit;
  };

  Task<StoredPeer> change(PeerId id, Change change, Actor actor);
  /// One attempt; nothing when another write came first.
  Task<std::optional<StoredPeer>> try_change(PeerId id, const Change& change, const Actor& actor);
  /// The peer, if it is at what `if_match` names.
  Task<StoredPeer> find_matching(PeerId id, const std::string& if_match);
  Result<std::string> admissible_url(const std::string& url) const;
  /// Puts the tokens in place; the answer is the one that was made, if any.
  std::optional<std::string> set_tokens(StoredPeer& peer, EnteredTokens tokens);
  Task<void> refresh();

  PeerParts parts_;
  PeerStore store_;
  PeerOptions options_;
};

}  // namespace sovereign::registry
