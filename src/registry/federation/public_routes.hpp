// What everyone sees of a registry's peers, and how developers propose one; what the registry says
// of itself to other registries.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "http/endpoint.hpp"
#include "registry/federation/info.hpp"
#include "registry/federation/service.hpp"
#include "registry/federation/tables.hpp"

namespace sovereign::registry {

class PublicPeerRoutes {
 public:
  explicit PublicPeerRoutes(PeerService& service) : service_(service) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<Peer>> propose(const http::Request& request, http::Json<PeerProposal> body);
  Task<http::Reply<PeerPage>> list_own(const http::Request& request, http::Query<PeerPaging> query);
  Task<http::Reply<PublicPeerPage>> list(const http::Request& request,
                                         http::Query<PeerPaging> query);
  Task<http::Reply<PublicPeer>> get(const http::Request& request);

  PeerService& service_;
};

class FederationInfoRoutes {
 public:
  /// All must outlive this.
  FederationInfoRoutes(FederationIdentity identity, const FederationKey& key,
                       sql::Database& database, const Clock& clock);
  void add_to(http::RouteTable& table);

 private:
  Result<http::Reply<FederationInfo>> info(const http::Request& request);
  Task<http::Reply<FederationHealth>> health(const http::Request& request);

  const FederationIdentity identity_;
  const std::string public_key_;
  sql::Database& database_;
  const Clock& clock_;
};

}  // namespace sovereign::registry
