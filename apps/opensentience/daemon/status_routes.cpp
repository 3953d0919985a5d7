#include "daemon/status_routes.hpp"

#include "telemetry/metrics.hpp"

namespace sovereign::opensentience {

void StatusRoutes::add_to(http::RouteTable& table) {
  using Self = StatusRoutes;
  constexpr std::string_view tag = "Operations";
  table.push_back({.path = "/api/v1/health",
                   .operation = "getHealth",
                   .access = http::Access::anonymous,
                   .handler = http::endpoint(this, &Self::health),
                   .documentation = {.tag = tag,
                                     .summary = "Whether everything works",
                                     .description = "Tells nothing about agents.",
                                     .unfavourable = {503}}});
  table.push_back({.path = "/api/v1/status",
                   .operation = "getStatus",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &Self::status),
                   .documentation = {.tag = tag, .summary = "The daemon, and how busy it is"}});
  table.push_back({.path = "/api/v1/metrics",
                   .operation = "getMetrics",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &Self::metrics),
                   .documentation = {.tag = tag,
                                     .summary = "Prometheus metrics",
                                     .answer_type = telemetry::Metrics::kContentType}});
}

Result<http::Reply<DaemonStatus>> StatusRoutes::status(const http::Request&) {
  return http::Reply<DaemonStatus>{.value = sources_.status()};
}

Result<http::Prepared<DaemonHealth>> StatusRoutes::health(const http::Request&) {
  const auto health = sources_.health();
  http::Prepared<DaemonHealth> prepared{
      .response = {.status = health.status == "ok" ? 200 : 503, .body = json::to_text(health)}};
  if (prepared.response.status == 503) prepared.response.headers.push_back({"Retry-After", "1"});
  return prepared;
}

Result<http::Response> StatusRoutes::metrics(const http::Request&) {
  return http::Response{.content_type = telemetry::Metrics::kContentType,
                        .body = sources_.metrics()};
}

}  // namespace sovereign::opensentience
