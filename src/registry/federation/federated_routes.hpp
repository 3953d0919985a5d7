// include_federated=true on lists and searches of agents: gives their rows a second handler, for
// the requests that ask for it. All others run as if there were no peers.
#pragma once

#include "http/endpoint.hpp"
#include "registry/discovery/answers.hpp"
#include "registry/discovery/types.hpp"
#include "registry/federation/federated_search.hpp"

namespace sovereign::registry {

class FederatedRoutes {
 public:
  /// `search` must outlive the table.
  explicit FederatedRoutes(FederatedSearch& search) : search_(search) {}

  /// Extends rows that are in the table already.
  void extend(http::RouteTable& routes);

 private:
  Task<http::Prepared<DiscoveryPage>> discover(const http::Request& request,
                                               http::Query<DiscoveryQuery> query);
  Task<http::Prepared<DiscoveryPage>> search(const http::Request& request,
                                             http::Json<SearchRequest> body);
  Task<http::Prepared<AgentPage>> list(const http::Request& request,
                                       http::Query<AgentListQuery> query);

  FederatedSearch& search_;
};

/// Whether the request's query or JSON body has include_federated set. A request that cannot be
/// read has not. Costs a search for the word where it is absent.
bool includes_peers(const http::Request& request);

}  // namespace sovereign::registry
