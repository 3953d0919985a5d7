#include "registry/operations/routes.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <functional>

#include "http/compression.hpp"
#include "http/openapi.hpp"
#include "registry/operations/assets.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kTag = "Operations";

constexpr http::OpenApiTag kTags[] = {
    {"Authentication", "Accounts, sessions and passwords."},
    {"API keys", "Keys for programs that act for an account."},
    {"Agents", "Publishing agents and reading them."},
    {"Discovery", "Finding agents."},
    {"Onboarding", "Registering an agent with a one-time bootstrap token."},
    {"Agent session", "What an onboarded agent does with its own token."},
    {"Identity", "DID documents and proof of ownership."},
    {"Operations", "Health, metrics and this description."},
};

constexpr std::string_view kDescription =
    "A federated registry of AI agents. Reading is open; publishing needs an account: register, "
    "log in, and send the "
    "access token as `Authorization: Bearer`, or make an API key and send it as `X-Api-Key`. "
    "Errors are problem "
    "details (RFC 9457); a 422 lists each invalid field with a pointer.";

http::Route row(std::string_view path, std::string_view operation, http::Handler handler,
                http::Documentation documentation) {
  return {.method = http::Method::get,
          .path = path,
          .operation = operation,
          .handler = std::move(handler),
          .documentation = std::move(documentation)};
}

}  // namespace

void OperationsRoutes::add_to(http::RouteTable& routes) {
  using http::endpoint;
  using Self = OperationsRoutes;
  routes.push_back(row("/health", "getHealth", endpoint(this, &Self::health),
                       {.tag = kTag, .summary = "Whether the process lives"}));
  routes.push_back(
      row("/health/ready", "getReadiness", endpoint(this, &Self::ready),
          {.tag = kTag, .summary = "Whether it can serve: each dependency", .errors = {503}}));
  routes.push_back(row("/version", "getVersion", endpoint(this, &Self::version),
                       {.tag = kTag, .summary = "Name and version of this server"}));
  routes.push_back(row("/metrics", "getMetrics", endpoint(this, &Self::metrics),
                       {.tag = kTag,
                        .summary = "Prometheus metrics",
                        .answer_type = "text/plain; version=0.0.4; charset=utf-8"}));
  // Not described: the description itself, and pages.
  routes.push_back(row("/openapi.json", "getOpenApi", endpoint(this, &Self::openapi), {}));
  routes.push_back(row("/api/v1/openapi.json", "getOpenApiV1", endpoint(this, &Self::openapi), {}));
  routes.push_back(row("/docs", "getDocs", endpoint(this, &Self::documentation), {}));
  routes.push_back(
      row("/docs/{asset}", "getDocsAsset", endpoint(this, &Self::documentation_asset), {}));
  routes.push_back(row("/", "getRoot", endpoint(this, &Self::root), {}));
}

void OperationsRoutes::describe(const http::RouteTable& routes) {
  const http::OpenApiInfo info{"AgentVault Registry", options_.version, kDescription};
  openapi_ = boost::json::serialize(http::openapi_document(routes, info, kTags));
  openapi_etag_ = fmt::format("\"{:016x}\"", std::hash<std::string>{}(openapi_));
}

Result<http::Reply<Health>> OperationsRoutes::health(const http::Request&) {
  return http::Reply<Health>{.value = {"ok"}};
}

Task<http::Prepared<Readiness>> OperationsRoutes::ready(const http::Request&) {
  auto check = database_.check();
  const auto checked = co_await std::move(check);
  const std::string status = checked ? "ok" : "unavailable";
  const Readiness readiness{.status = status,
                            .dependencies = {{.name = "database", .status = status}}};
  http::Prepared<Readiness> prepared{
      .response = {.status = checked ? 200 : 503, .body = json::to_text(readiness)}};
  if (!checked) prepared.response.headers.push_back({"Retry-After", "1"});
  co_return prepared;
}

Result<http::Reply<Version>> OperationsRoutes::version(const http::Request&) {
  return http::Reply<Version>{.value = {"agentvault-registry", options_.version, "v1"}};
}

Result<http::Response> OperationsRoutes::metrics(const http::Request&) {
  return http::Response{.content_type = "text/plain; version=0.0.4; charset=utf-8",
                        .body = options_.metrics()};
}

Result<http::Response> OperationsRoutes::openapi(const http::Request&) {
  return http::Response{.body = http::SharedBytes{nullptr, openapi_},
                        .etag = openapi_etag_,
                        .cache_control = "public, max-age=60"};
}

Result<http::Response> OperationsRoutes::documentation(const http::Request&) {
  return http::Response{.content_type = "text/html; charset=utf-8",
                        .body = http::SharedBytes{nullptr, documentation_page()},
                        .cache_control = "public, max-age=60",
                        .headers = {{"Content-Security-Policy", std::string(kDocumentationPolicy)},
                                    {"Referrer-Policy", "no-referrer"}}};
}

Result<http::Response> OperationsRoutes::documentation_asset(const http::Request& request) {
  const auto asset = find_asset(request.parameters.values[0]);
  if (!asset) return base::fail(ErrorCode::not_found, "There is no such file.");
  http::Response response{.content_type = asset->content_type,
                          .body = http::SharedBytes{nullptr, asset->bytes},
                          .etag = std::string(asset->etag),
                          .cache_control = "public, max-age=3600"};
  if (!asset->gzip.empty() &&
      http::parse_accept_encoding(request.header("Accept-Encoding")).prefers_gzip) {
    response.body = http::SharedBytes{nullptr, asset->gzip};
    response.headers.push_back({"Content-Encoding", "gzip"});
    response.headers.push_back({"Vary", "Accept-Encoding"});
  }
  return response;
}

Result<http::Response> OperationsRoutes::root(const http::Request&) {
  return http::Response{.status = 303, .headers = {{"Location", "/docs"}}};
}

}  // namespace sovereign::registry
