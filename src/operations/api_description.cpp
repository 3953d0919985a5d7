#include "operations/api_description.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <functional>

#include "http/compression.hpp"

namespace sovereign::operations {
namespace {

std::string etag_of(const std::string& text) {
  return fmt::format("\"{:016x}\"", std::hash<std::string>{}(text));
}

}  // namespace

ApiDescription::ApiDescription(http::Access access, http::OpenApiInfo info,
                               std::span<const http::OpenApiTag> tags,
                               const std::optional<CsrfSource>& csrf)
    : access_(access),
      info_(info),
      tags_(tags),
      script_(start_script(csrf)),
      script_etag_(etag_of(script_)) {}

void ApiDescription::add_to(http::RouteTable& routes) {
  // None of these is described: they are the description, and pages.
  const auto add = [&](std::string_view path, std::string_view operation, http::Handler handler) {
    routes.push_back({.method = http::Method::get,
                      .path = path,
                      .operation = operation,
                      .access = access_,
                      .handler = std::move(handler),
                      .documentation = {}});
  };
  using Self = ApiDescription;
  add("/openapi.json", "getOpenApi", http::endpoint(this, &Self::document));
  add("/api/v1/openapi.json", "getOpenApiV1", http::endpoint(this, &Self::document));
  add("/docs", "getDocs", http::endpoint(this, &Self::page));
  add("/docs/{asset}", "getDocsAsset", http::endpoint(this, &Self::asset));
  add("/", "getRoot", http::endpoint(this, &Self::root));
}

void ApiDescription::describe(const http::RouteTable& routes) {
  document_ = boost::json::serialize(http::openapi_document(routes, info_, tags_));
  etag_ = etag_of(document_);
}

Result<http::Response> ApiDescription::document(const http::Request&) {
  return http::Response{.body = http::SharedBytes{nullptr, document_},
                        .etag = etag_,
                        .cache_control = "public, max-age=60"};
}

Result<http::Response> ApiDescription::page(const http::Request&) {
  return http::Response{.content_type = "text/html; charset=utf-8",
                        .body = http::SharedBytes{nullptr, documentation_page()},
                        .cache_control = "public, max-age=60",
                        .headers = {{"Content-Security-Policy", std::string(kDocumentationPolicy)},
                                    {"Referrer-Policy", "no-referrer"}}};
}

Result<http::Response> ApiDescription::asset(const http::Request& request) {
  const auto& name = request.parameters.values[0];
  if (name == "start.js") {
    return http::Response{.content_type = kScriptType,
                          .body = http::SharedBytes{nullptr, script_},
                          .etag = script_etag_,
                          .cache_control = "public, max-age=60"};
  }
  const auto found = find_asset(name);
  if (!found) return base::fail(ErrorCode::not_found, "There is no such file.");
  http::Response response{.content_type = found->content_type,
                          .body = http::SharedBytes{nullptr, found->bytes},
                          .etag = std::string(found->etag),
                          .cache_control = "public, max-age=3600"};
  if (!found->gzip.empty() &&
      http::parse_accept_encoding(request.header("Accept-Encoding")).prefers_gzip) {
    response.body = http::SharedBytes{nullptr, found->gzip};
    response.headers.push_back({"Content-Encoding", "gzip"});
    response.headers.push_back({"Vary", "Accept-Encoding"});
  }
  return response;
}

Result<http::Response> ApiDescription::root(const http::Request&) {
  return http::Response{.status = 303, .headers = {{"Location", "/docs"}}};
}

}  // namespace sovereign::operations
