#include "core/discovery/routes.hpp"

#include "core/actor.hpp"

namespace sovereign::core {
namespace {

std::vector<std::string> texts_of(const std::vector<AgentId>& ids) {
  std::vector<std::string> texts;
  for (const auto& id : ids) texts.push_back(id.text());
  return texts;
}

ScanView view_of(const ScanReport& report) {
  ScanView view{.found = static_cast<std::int64_t>(report.found),
                .added = texts_of(report.added),
                .changed = texts_of(report.changed),
                .unchanged = static_cast<std::int64_t>(report.unchanged),
                .missing = texts_of(report.missing),
                .shadowed = static_cast<std::int64_t>(report.shadowed),
                .is_partial = report.is_partial,
                .duration_ms = report.duration.count()};
  for (const auto& [path, code, message] : report.problems) {
    view.problems.push_back({path, code, message});
  }
  return view;
}

}  // namespace

Task<http::Reply<ScanView>> DiscoveryRoutes::scan(const http::Request& request) {
  const auto report = co_await discovery_.scan(actor_of(request), request.id);
  if (!report) co_return Failure(report.error());
  co_return http::Reply<ScanView>{view_of(*report)};
}

void DiscoveryRoutes::add_to(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agents/scan",
       .operation = "scanAgents",
       .access = http::Access::admin,
       .scope = http::Scope::admin,
       .handler = http::endpoint(this, &DiscoveryRoutes::scan),
       .documentation = {.tag = "Agents",
                         .summary = "Scan the configured folders for agents",
                         .description = "Reads files only: no program runs and nothing is fetched. "
                                        "Answers when the scan has ended.",
                         .errors = {503}}});
}

}  // namespace sovereign::core
