// Agents over HTTP: listing, searching, looking closely, and a person's decision about each.
#pragma once

#include <memory>

#include "async/worker_pool.hpp"
#include "core/catalog/catalog.hpp"
#include "core/catalog/requests.hpp"
#include "core/catalog/view_tables.hpp"
#include "core/permissions/approvals.hpp"
#include "http/endpoint.hpp"

namespace sovereign::core {

class AgentRoutes {
 public:
  /// All must outlive it.
  AgentRoutes(const Catalog& catalog, Approvals& approvals, async::WorkerPool& pool)
      : catalog_(catalog), approvals_(approvals), pool_(pool) {}
  void add_to(http::RouteTable& table);

 private:
  Result<http::Reply<AgentList>> list(const http::Request& request, http::Query<AgentQuery> query);
  Result<http::Reply<AgentDetail>> show(const http::Request& request);
  Result<http::Reply<PermissionReport>> permissions(const http::Request& request);
  Result<http::Reply<Explanation>> explain(const http::Request& request);
  Task<http::Reply<PermissionReport>> enable(const http::Request& request,
                                             http::OptionalJson<EnableRequest> body);
  Task<http::Reply<PermissionReport>> disable(const http::Request& request,
                                              http::OptionalJson<EndRequest> body);
  Task<http::Reply<PermissionReport>> revoke(const http::Request& request,
                                             http::OptionalJson<EndRequest> body);

  void add_reading(http::RouteTable& table);
  void add_deciding(http::RouteTable& table);

  /// The agent of the path. Error: agent_not_found.
  Result<std::shared_ptr<const AgentRecord>> agent_of(const http::Request& request) const;
  Result<http::Reply<PermissionReport>> report_on(const AgentId& id) const;
  /// Whether the approval that was given before, held or suspended, is of exactly what is there
  /// now. Errors: permission_drift (the person saw another manifest), permission_not_approved.
  Result<void> check_kept(const AgentId& id, const ManifestPin& pin, const std::string& seen) const;
  /// Reads the manifest that is to be approved again, from its file.
  Task<RequestedPermissions> read_requested(std::shared_ptr<const AgentRecord> record,
                                            std::string seen_manifest_hash);

  const Catalog& catalog_;
  Approvals& approvals_;
  async::WorkerPool& pool_;
};

}  // namespace sovereign::core
