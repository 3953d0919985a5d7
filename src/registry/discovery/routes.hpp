// GET /discovery/agents, POST /discovery/search, GET /discovery/capabilities.
#pragma once

#include "http/endpoint.hpp"
#include "registry/discovery/answers.hpp"
#include "registry/discovery/service.hpp"
#include "registry/discovery/types.hpp"

namespace sovereign::registry {

class DiscoveryRoutes {
 public:
  /// `service` must outlive the table.
  explicit DiscoveryRoutes(const DiscoveryService& service) : service_(service) {}

  void add_to(http::RouteTable& routes);

  Result<http::Prepared<DiscoveryPage>> agents(const http::Request& request,
                                               http::Query<DiscoveryQuery> query);
  Result<http::Prepared<DiscoveryPage>> search(const http::Request& request,
                                               http::Json<SearchRequest> body);
  Result<http::Prepared<CapabilityPage>> capabilities(const http::Request& request,
                                                      http::Query<CapabilityQuery> query);

 private:
  const DiscoveryService& service_;
};

}  // namespace sovereign::registry
