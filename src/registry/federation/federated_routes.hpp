// include_federated=true on lists and searches of agents: gives their rows a second handler, for
// the requests that ask for it. All others run as if there were no peers. The directory of
// capabilities counts those of peers too.
#pragma once

#include "http/endpoint.hpp"
#include "registry/discovery/answers.hpp"
#include "registry/discovery/types.hpp"
#include "registry/federation/federated_search.hpp"
#include "registry/federation/peer_capabilities.hpp"

namespace sovereign::registry {

class FederatedRoutes {
 public:
  /// All must outlive the table.
  FederatedRoutes(FederatedSearch& search, const DiscoveryService& discovery,
                  const PeerCapabilities& peer_capabilities)
      : search_(search), discovery_(discovery), peer_capabilities_(peer_capabilities) {}

  /// Extends rows that are in the table already.
  void extend(http::RouteTable& routes);

 private:
  Task<http::Prepared<DiscoveryPage>> discover(const http::Request& request,
                                               http::Query<DiscoveryQuery> query);
  Task<http::Prepared<DiscoveryPage>> search(const http::Request& request,
                                             http::Json<SearchRequest> body);
  Task<http::Prepared<AgentPage>> list(const http::Request& request,
                                       http::Query<AgentListQuery> query);

  Result<http::Prepared<CapabilityPage>> capabilities(const http::Request& request,
                                                      http::Query<CapabilityQuery> query);

  FederatedSearch& search_;
  const DiscoveryService& discovery_;
  const PeerCapabilities& peer_capabilities_;
};

/// The page of `query` out of the capabilities of this registry (all of them that fit query.q) and
/// those of its peers, most frequent first.
CapabilityPage merge_capabilities(std::vector<CapabilityCount> local,
                                  const CapabilityCounts& federated, const CapabilityQuery& query);

/// Whether the request's query or JSON body has include_federated set. A request that cannot be
/// read has not. Costs a search for the word where it is absent.
bool includes_peers(const http::Request& request);

}  // namespace sovereign::registry
