// Starter projects over HTTP. Everything is in memory, so both operations answer at once.
#pragma once

#include <memory>
#include <string>

#include "http/endpoint.hpp"
#include "registry/templates/types.hpp"

namespace sovereign::registry {

class TemplateRoutes {
 public:
  /// `registry_url`: where generated scripts publish; this registry's public address.
  explicit TemplateRoutes(std::string registry_url);
  void add_to(http::RouteTable& table);

 private:
  Result<http::Prepared<TemplateList>> list(const http::Request& request);
  Result<http::Response> generate_project(const http::Request& request,
                                          http::Json<ProjectRequest> body);

  const std::string registry_url_;
  std::shared_ptr<const std::string> list_;  ///< Rendered once; shared with answers on their way.
  std::string list_etag_;
};

}  // namespace sovereign::registry
