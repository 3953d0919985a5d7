// /api/v1/agents: listing, one agent by id or readable id, and the publisher's writes.
#pragma once

#include "http/endpoint.hpp"
#include "registry/agents/service.hpp"
#include "registry/agents/view.hpp"
#include "registry/discovery/answers.hpp"
#include "registry/discovery/service.hpp"
#include "registry/discovery/types.hpp"

namespace sovereign::registry {

class AgentRoutes {
 public:
  /// All must outlive the table.
  AgentRoutes(AgentService& service, const DiscoveryService& discovery, const Catalog& catalog)
      : service_(service), discovery_(discovery), catalog_(catalog) {}

  void add_to(http::RouteTable& routes);

  Result<http::Prepared<AgentPage>> list(const http::Request& request,
                                         http::Query<AgentListQuery> query);
  Result<http::Prepared<AgentView>> get(const http::Request& request,
                                        http::Query<AgentFieldsQuery> query);
  Result<http::Prepared<AgentView>> get_by_hri(const http::Request& request,
                                               http::Query<HumanReadableIdQuery> query);
  Result<http::Prepared<AgentView>> get_by_readable_id(const http::Request& request,
                                                       http::Query<AgentFieldsQuery> query);
  Task<http::Prepared<AgentView>> create(const http::Request& request,
                                         http::Json<AgentRegistration> body);
  Task<http::Prepared<AgentView>> update(const http::Request& request,
                                         http::Json<AgentRegistration> body);
  Task<http::NoContent> remove(const http::Request& request);

 private:
  void add_reads(http::RouteTable& routes);
  void add_writes(http::RouteTable& routes);

  AgentService& service_;
  const DiscoveryService& discovery_;
  const Catalog& catalog_;
};

/// The id in a path. Error: `unprocessable` when it is no UUID.
Result<AgentId> agent_id_of(std::string_view parameter);

/// The agent's prepared bytes, sent without a copy; the members in `fields` only, when there are
/// any.
http::Response agent_response(SharedRecord record, const std::vector<std::string>& fields = {});

}  // namespace sovereign::registry
