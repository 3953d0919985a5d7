#include "registry/operations/routes.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kTag = "Operations";

constexpr http::OpenApiTag kTags[] = {
    {"Authentication", "Accounts, sessions and passwords."},
    {"API keys", "Keys for programs that act for an account."},
    {"Agents", "Publishing agents and reading them."},
    {"Artifacts", "Files that publishers keep with their agents."},
    {"Discovery", "Finding agents."},
    {"Changes", "Following agents: what a copy of the registry is kept by."},
    {"Onboarding", "Registering an agent with a one-time bootstrap token."},
    {"Agent session", "What an onboarded agent does with its own token."},
    {"Identity", "DID documents and proof of ownership."},
    {"Federation", "Registries that are searched together with this one."},
    {"Compatibility",
     "What clients of earlier registries call; the same agents and accounts. /auth, /developers "
     "and /agent-builder also answer without /api/v1."},
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

OperationsRoutes::OperationsRoutes(OperationsOptions options, sql::Database& database)
    : options_(std::move(options)),
      database_(database),
      description_(http::Access::anonymous, {"AgentVault Registry", options_.version, kDescription},
                   kTags) {}

void OperationsRoutes::add_to(http::RouteTable& routes) {
  using http::endpoint;
  using Self = OperationsRoutes;
  routes.push_back(row("/health", "getHealth", endpoint(this, &Self::health),
                       {.tag = kTag, .summary = "Whether the process lives"}));
  routes.push_back(row(
      "/health/ready", "getReadiness", endpoint(this, &Self::ready),
      {.tag = kTag, .summary = "Whether it can serve: each dependency", .unfavourable = {503}}));
  routes.push_back(row("/version", "getVersion", endpoint(this, &Self::version),
                       {.tag = kTag, .summary = "Name and version of this server"}));
  routes.push_back(row("/metrics", "getMetrics", endpoint(this, &Self::metrics),
                       {.tag = kTag,
                        .summary = "Prometheus metrics",
                        .answer_type = "text/plain; version=0.0.4; charset=utf-8"}));
  description_.add_to(routes);
}

void OperationsRoutes::describe(const http::RouteTable& routes) { description_.describe(routes); }

Result<http::Reply<Health>> OperationsRoutes::health(const http::Request&) {
  return http::Reply<Health>{.value = {"ok"}};
}

Task<http::Prepared<Readiness>> OperationsRoutes::ready(const http::Request&) {
  auto check = database_.check();
  const auto checked = co_await std::move(check);
  const auto status_of = [](const Result<void>& one) { return one ? "ok" : "unavailable"; };
  Readiness readiness{.status = status_of(checked),
                      .dependencies = {{.name = "database", .status = status_of(checked)}}};
  const auto look_at = [&](std::string name, const Result<void>& found) {
    if (checked && !found) readiness.status = "degraded";
    readiness.dependencies.push_back(
        {.name = std::move(name), .status = status_of(found), .required = false});
  };
  if (options_.check_redis) {
    auto checking = options_.check_redis();
    const auto redis = co_await std::move(checking);
    look_at("redis", redis);
  }
  if (options_.check_blobs) {
    auto checking = options_.check_blobs();
    const auto blobs = co_await std::move(checking);
    look_at("blob_store", blobs);
  }
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

}  // namespace sovereign::registry
