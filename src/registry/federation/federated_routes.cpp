#include "registry/federation/federated_routes.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "http/query.hpp"
#include "json/parse.hpp"
#include "registry/discovery/list_response.hpp"

namespace sovereign::registry {

/// The one parameter that decides who answers.
struct IncludeFederated {
  bool include_federated = false;
};

}  // namespace sovereign::registry

template <>
struct sovereign::json::Table<sovereign::registry::IncludeFederated> {
  using T = sovereign::registry::IncludeFederated;
  static constexpr std::string_view name = "IncludeFederated";
  static constexpr Members members = Members::open;
  static constexpr auto fields =
      std::tuple{field("include_federated", &T::include_federated, {.optional = true})};
};

namespace sovereign::registry {
namespace {

constexpr std::string_view kName = "include_federated";

void extend_row(http::RouteTable& routes, std::string_view operation, http::Handler federated) {
  const auto row = std::ranges::find(routes, operation, &http::Route::operation);
  if (row == routes.end()) return;
  row->handler.run = [local = std::move(row->handler.run), federated = std::move(federated.run)](
                         const http::Request& request) -> http::Handling {
    return includes_peers(request) ? federated(request) : local(request);
  };
}

http::Response page_response(const http::Request& request, const FederatedAnswer& found,
                             ItemKind kind) {
  auto body = write_federated_page(found.plan, found.answer, found.part, kind);
  auto response = list_response(request, std::move(body), {}, found.part.next_cursor);
  response.cache_control = "no-store";  // Peers change it without our knowing.
  return response;
}

SearchRequest request_of(DiscoveryQuery query) {
  SearchRequest search;
  static_cast<DiscoveryQuery&>(search) = std::move(query);
  return search;
}

}  // namespace

bool includes_peers(const http::Request& request) {
  if (request.query.contains(kName)) {
    const auto query = http::read_query<IncludeFederated>(request.query);
    return query && query->include_federated;
  }
  if (!request.body.contains(kName)) return false;
  const auto body = json::read_text<IncludeFederated>(request.body);
  return body && body->include_federated;
}

void FederatedRoutes::extend(http::RouteTable& routes) {
  extend_row(routes, "discoverAgents", http::endpoint(this, &FederatedRoutes::discover));
  extend_row(routes, "searchAgents", http::endpoint(this, &FederatedRoutes::search));
  extend_row(routes, "listAgents", http::endpoint(this, &FederatedRoutes::list));
}

Task<http::Prepared<DiscoveryPage>> FederatedRoutes::discover(const http::Request& request,
                                                              http::Query<DiscoveryQuery> query) {
  auto task =
      search_.search(request_of(std::move(query.value)), viewer_of(request), Ownership::anyone);
  const auto found = co_await std::move(task);
  if (!found) co_return Failure(http::point_at_query(found.error()));
  co_return http::Prepared<DiscoveryPage>{page_response(request, *found, ItemKind::found)};
}

Task<http::Prepared<DiscoveryPage>> FederatedRoutes::search(const http::Request& request,
                                                            http::Json<SearchRequest> body) {
  auto task = search_.search(std::move(body.value), viewer_of(request), Ownership::anyone);
  const auto found = co_await std::move(task);
  if (!found) co_return Failure(found.error());
  co_return http::Prepared<DiscoveryPage>{http::Response{
      .body = write_federated_page(found->plan, found->answer, found->part, ItemKind::found)}};
}

Task<http::Prepared<AgentPage>> FederatedRoutes::list(const http::Request& request,
                                                      http::Query<AgentListQuery> query) {
  const auto ownership = query.value.owned_only ? Ownership::own : Ownership::anyone;
  auto task = search_.search(request_of(std::move(query.value)), viewer_of(request), ownership);
  const auto found = co_await std::move(task);
  if (!found) co_return Failure(http::point_at_query(found.error()));
  co_return http::Prepared<AgentPage>{page_response(request, *found, ItemKind::listed)};
}

}  // namespace sovereign::registry
