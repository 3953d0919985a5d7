// Peering on a database of its own, with time and randomness of the test's.
#pragma once

#include "crypto/random.hpp"
#include "registry/federation/service.hpp"
#include "support/registry_database.hpp"

namespace sovereign::support {

inline constexpr std::string_view kPeerToken = "fed_token_secure_string";

/// One process of a registry: what it has in memory, over a database it may share.
struct PeersProcess {
  PeersProcess(sql::Database& database, const Clock& clock, base::Random& random,
               std::string_view secret = "a federation key of 32 bytes ...")
      : key(secret),
        peers(key),
        follower(database, key, peers),
        service({database, clock, random, key, follower}, {.own_url = "https://own.example.com/"}) {
  }

  registry::FederationKey key;
  registry::Peers peers;
  registry::PeerFollower follower;
  registry::PeerService service;
};

class PeersFixture {
 public:
  explicit PeersFixture(Engine engine = Engine::sqlite) : database(engine) {}

  static registry::PeerRequest request_for(std::string_view name = "European Registry",
                                           std::string_view url = "https://eu.example.com") {
    registry::PeerRequest request;
    request.name = name;
    request.registry_url = url;
    return request;
  }
  Result<registry::PeerWithToken> add(registry::PeerRequest request = request_for()) {
    return await(here.service.add(std::move(request), admin));
  }
  Result<registry::Peer> propose(std::string name, std::string url) {
    return await(here.service.propose(
        {.name = std::move(name), .registry_url = std::move(url), .admin_contact = {}}, ada,
        {.id = "user:ada", .request_id = "r-2", .address = {}}));
  }
  Result<registry::PeerWithToken> act(registry::PeerId id, registry::PeerAction action,
                                      registry::EnteredTokens tokens = {}) {
    return await(here.service.act(id, action, std::move(tokens), {}, admin));
  }

  const registry::Actor admin{.id = "user:admin", .request_id = "r-1", .address = {}};
  RegistryDatabase database;
  base::ManualClock clock;
  crypto::SystemRandom random;
  registry::UserId ada = database.add_user("ada", random);
  PeersProcess here{*database, clock, random};
};

}  // namespace sovereign::support
