#include "registry/discovery/routes.hpp"

#include <utility>

#include "http/query.hpp"
#include "registry/discovery/list_response.hpp"

namespace sovereign::registry {

void DiscoveryRoutes::add_to(http::RouteTable& routes) {
  routes.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/discovery/agents",
       .operation = "discoverAgents",
       .access = http::Access::optional,
       .limit = "discovery.search",
       .handler = http::endpoint(this, &DiscoveryRoutes::agents),
       .documentation = {
           .tag = "Discovery",
           .summary = "Find agents",
           .description = "Full-text search with filters, facets and stable paging. Each agent "
                          "comes with its score and the words that found it.",
           .errors = {422},
           .example_query = "q=weather&capabilities=nlp&match=any&facets=tags&per_page=5"}});
  routes.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/discovery/search",
       .operation = "searchAgents",
       .access = http::Access::optional,
       .limit = "discovery.search",
       .handler = http::endpoint(this, &DiscoveryRoutes::search),
       .documentation = {
           .tag = "Discovery",
           .summary = "Find agents with a tree of filters",
           .description = "As GET /discovery/agents, with the query as a JSON body and filters "
                          "combined by all, any and not.",
           .example_body = R"({"query":"weather","filters":{"all":[{"any":[{"field":"tags",)"
                           R"("value":"nlp"},{"field":"capabilities","value":"forecast"}]},)"
                           R"({"not":{"field":"price","min":10}}]},"per_page":5})"}});
  routes.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/discovery/capabilities",
       .operation = "listCapabilities",
       .access = http::Access::anonymous,
       .handler = http::endpoint(this, &DiscoveryRoutes::capabilities),
       .documentation = {.tag = "Discovery",
                         .summary = "List known capabilities",
                         .description = "With how many active agents have each, most frequent "
                                        "first.",
                         .errors = {422},
                         .example_query = "q=n&per_page=10"}});
}

Result<http::Prepared<DiscoveryPage>> DiscoveryRoutes::agents(const http::Request& request,
                                                              http::Query<DiscoveryQuery> query) {
  const auto started = service_.clock().steady_now();
  auto etag = list_etag(service_.catalog(), request, TagStrength::weak);
  if (auto response = not_modified(request, etag)) return {{std::move(*response)}};
  const auto plan = plan_search(query.value, {.viewer = viewer_of(request),
                                              .registry_url = service_.catalog().registry_url()});
  if (!plan) return Failure(http::point_at_query(plan.error()));
  const auto answer = service_.search(*plan);
  const auto next = pagination_of(*plan, answer).next_cursor;
  auto body = write_discovery_page(*plan, answer, service_.clock().steady_now() - started);
  return {{list_response(request, std::move(body), std::move(etag), next)}};
}

Result<http::Prepared<DiscoveryPage>> DiscoveryRoutes::search(const http::Request& request,
                                                              http::Json<SearchRequest> body) {
  const auto started = service_.clock().steady_now();
  const auto& filters = body.value.filters;
  const auto plan = plan_search(body.value, {.viewer = viewer_of(request),
                                             .filters = filters ? &*filters : nullptr,
                                             .registry_url = service_.catalog().registry_url()});
  if (!plan) return Failure(plan.error());
  const auto answer = service_.search(*plan);
  return {{http::Response{
      .body = write_discovery_page(*plan, answer, service_.clock().steady_now() - started)}}};
}

Result<http::Prepared<CapabilityPage>> DiscoveryRoutes::capabilities(
    const http::Request& request, http::Query<CapabilityQuery> query) {
  auto etag = list_etag(service_.catalog(), request, TagStrength::strong);
  if (auto response = not_modified(request, etag)) return {{std::move(*response)}};
  auto body = json::to_text(service_.capabilities(query.value));
  return {{list_response(request, std::move(body), std::move(etag), std::nullopt)}};
}

}  // namespace sovereign::registry
