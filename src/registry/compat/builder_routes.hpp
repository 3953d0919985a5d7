// POST /agent-builder/generate: the starter projects of the templates feature, asked for as older
// clients do.
#pragma once

#include <string>

#include "http/endpoint.hpp"
#include "registry/accounts/service.hpp"
#include "registry/compat/builder_types.hpp"

namespace sovereign::registry {

class BuilderRoutes {
 public:
  /// `accounts` must outlive the table; `registry_url` is where generated scripts publish.
  BuilderRoutes(Accounts& accounts, std::string registry_url)
      : accounts_(accounts), registry_url_(std::move(registry_url)) {}

  void add_to(http::RouteTable& table);

 private:
  Task<http::Response> generate_agent(const http::Request& request,
                                      http::Json<AgentBuildConfig> body);

  Accounts& accounts_;
  const std::string registry_url_;
};

}  // namespace sovereign::registry
