#include "registry/federation/federated_routes.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "base/encoding.hpp"
#include "http/query.hpp"
#include "json/read.hpp"
#include "json/write.hpp"
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
constexpr std::int64_t kAllCapabilities = 1'000'000;  // As many as the index counts, and more.

/// From now on `federated` answers the row's requests for which `applies`.
template <typename Condition>
void extend_row(http::RouteTable& routes, std::string_view operation, http::Handler federated,
                Condition applies) {
  const auto row = std::ranges::find(routes, operation, &http::Route::operation);
  if (row == routes.end()) return;
  row->handler.run = [local = std::move(row->handler.run), federated = std::move(federated.run),
                      applies](const http::Request& request) -> http::Handling {
    return applies(request) ? federated(request) : local(request);
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
  extend_row(routes, "discoverAgents", http::endpoint(this, &FederatedRoutes::discover),
             &includes_peers);
  extend_row(routes, "searchAgents", http::endpoint(this, &FederatedRoutes::search),
             &includes_peers);
  extend_row(routes, "listAgents", http::endpoint(this, &FederatedRoutes::list), &includes_peers);
  extend_row(routes, "listCapabilities", http::endpoint(this, &FederatedRoutes::capabilities),
             [this](const http::Request&) { return !peer_capabilities_.counts()->empty(); });
}

CapabilityPage merge_capabilities(std::vector<CapabilityCount> local,
                                  const CapabilityCounts& federated, const CapabilityQuery& query) {
  std::map<std::string, CapabilityCount> all;
  for (auto& count : local) {
    const auto folded = base::to_lower_ascii(count.name);
    all.emplace(folded, std::move(count));
  }
  const auto prefix = base::to_lower_ascii(query.q);
  for (const auto& [name, count] : federated) {
    auto folded = base::to_lower_ascii(name);
    if (!folded.starts_with(prefix)) continue;
    all.try_emplace(std::move(folded), CapabilityCount{.name = name}).first->second.federated +=
        count;
  }
  std::vector<CapabilityCount> sorted;
  for (auto& [folded, count] : all) sorted.push_back(std::move(count));
  std::ranges::sort(sorted, std::less{}, [](const CapabilityCount& count) {
    return std::pair(~(count.local + count.federated), std::string_view(count.name));
  });
  const auto wanted = static_cast<std::size_t>(query.per_page);
  const auto first = std::min(static_cast<std::size_t>(query.page - 1) * wanted, sorted.size());
  const auto last = std::min(first + wanted, sorted.size());
  CapabilityPage page;
  page.pagination = {.total = sorted.size(),
                     .page = query.page,
                     .per_page = query.per_page,
                     .pages = (sorted.size() + wanted - 1) / wanted};
  page.capabilities.assign(std::make_move_iterator(sorted.begin() + static_cast<long>(first)),
                           std::make_move_iterator(sorted.begin() + static_cast<long>(last)));
  return page;
}

Result<http::Prepared<CapabilityPage>> FederatedRoutes::capabilities(
    const http::Request&, http::Query<CapabilityQuery> query) {
  const CapabilityQuery everything{.q = query.value.q, .page = 1, .per_page = kAllCapabilities};
  auto local = discovery_.capabilities(everything).capabilities;
  const auto page = merge_capabilities(std::move(local), *peer_capabilities_.counts(), query.value);
  return {{http::Response{.body = json::to_text(page), .cache_control = "no-store"}}};
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
