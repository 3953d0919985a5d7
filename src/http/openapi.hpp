// The OpenAPI 3.1 document of a route table.
#pragma once

#include <string>
#include <string_view>

#include "http/route.hpp"
#include "json/parse.hpp"

namespace sovereign::http {

/// What the document says besides its operations.
struct OpenApiInfo {
  std::string_view title;
  std::string_view version;
  std::string_view description;
};

/// One tag and what it gathers, in the order of the document.
struct OpenApiTag {
  std::string_view name;
  std::string_view description;
};

/// The document. Rows whose documentation has no summary are left out.
json::Object openapi_document(const RouteTable& routes, const OpenApiInfo& info,
                              std::span<const OpenApiTag> tags);

}  // namespace sovereign::http
