// The OpenAPI document of a program, and Swagger UI to read it and try it out.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "http/endpoint.hpp"
#include "http/openapi.hpp"
#include "http/route.hpp"
#include "operations/swagger_ui.hpp"

namespace sovereign::operations {

class ApiDescription {
 public:
  /// Who may see it, what it is about, and where sessions of browsers find their CSRF token.
  ApiDescription(http::Access access, http::OpenApiInfo info,
                 std::span<const http::OpenApiTag> tags,
                 const std::optional<CsrfSource>& csrf = std::nullopt);

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
  const std::string script_;
  const std::string script_etag_;
  std::string document_;
  std::string etag_;
};

}  // namespace sovereign::operations
