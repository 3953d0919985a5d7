// The API of registries.
#pragma once

#include "core/sync/registries.hpp"
#include "http/endpoint.hpp"

namespace sovereign::core {

class RegistryRoutes {
 public:
  /// `registries` must outlive the table.
  explicit RegistryRoutes(Registries& registries) : registries_(registries) {}

  void add_to(http::RouteTable& table);

 private:
  Result<http::Reply<RegistryList>> list(const http::Request& request);
  Task<http::Reply<RegistryView>> add(const http::Request& request, http::Json<NewRegistry> body);
  Task<http::NoContent> remove(const http::Request& request);
  Task<http::Reply<SyncResult>> sync(const http::Request& request);
  Task<http::Reply<SyncOutcomes>> sync_all(const http::Request& request);

  Registries& registries_;
};

/// Who sent an authenticated request, and under which id it is traced.
Requester requester_of(const http::Request& request);

}  // namespace sovereign::core
