// The OpenAPI document of a program, and Swagger UI to read it and try it out.
#pragma once

#include <span>
#include <string>

#include "http/endpoint.hpp"
#include "http/openapi.hpp"
#include "http/route.hpp"

namespace sovereign::operations {

class ApiDescription {
 public:
  /// Who may see it, and what it is about.
  ApiDescription(http::Access access, http::OpenApiInfo info,
                 std::span<const http::OpenApiTag> tags)
      : access_(access), info_(info), tags_(tags) {}

  /// /openapi.json, /api/v1/openapi.json, /docs and its files, and / which leads there.
  void add_to(http::RouteTable& routes);

  /// Renders the document of the finished table; before the server starts.
  void describe(const http::RouteTable& routes);

 private:
  Result<http::Response> document(const http::Request& request);
  Result<http::Response> page(const http::Request& request);
  Result<http::Response> asset(const http::Request& request);
  Result<http::Response> root(const http::Request& request);

  const http::Access access_;
  const http::OpenApiInfo info_;
  const std::span<const http::OpenApiTag> tags_;
  std::string document_;
  std::string etag_;
};

}  // namespace sovereign::operations
