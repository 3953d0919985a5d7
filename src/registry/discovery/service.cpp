#include "registry/discovery/service.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "registry/discovery/index_fields.hpp"
#include "search/limits.hpp"

namespace sovereign::registry {

search::Answer DiscoveryService::search(const SearchPlan& plan) const {
  return catalog_.snapshot()->search(plan.query);
}

std::shared_ptr<const DiscoveryService::Counts> DiscoveryService::directory() const {
  const auto snapshot = catalog_.snapshot();
  {
    const std::lock_guard lock(directory_mutex_);
    if (directory_.counts && directory_.version == snapshot->version()) return directory_.counts;
  }
  search::Query query{.limit = 0, .explain = false};
  query.filter.node = search::HasTerm{index_fields::keyword::status, "active"};
  query.facets = {index_fields::keyword::capabilities};
  query.facet_limit = search::limits::facet_values;
  auto answer = snapshot->search(query);
  auto counts = std::make_shared<Counts>();
  if (!answer.facets.empty()) *counts = std::move(answer.facets.front().values);
  const std::lock_guard lock(directory_mutex_);
  directory_ = {snapshot->version(), counts};
  return counts;
}

CapabilityPage DiscoveryService::capabilities(const CapabilityQuery& query) const {
  const auto counts = directory();
  const auto prefix = base::to_lower_ascii(query.q);
  const auto skipped = static_cast<std::uint64_t>((query.page - 1) * query.per_page);
  const auto wanted = static_cast<std::uint64_t>(query.per_page);
  CapabilityPage page;
  auto& total = page.pagination.total;
  for (const auto& [value, count] : *counts) {
    if (!base::to_lower_ascii(value).starts_with(prefix)) continue;
    if (total >= skipped && total - skipped < wanted)
      page.capabilities.push_back({value, count, 0});
    ++total;
  }
  page.pagination.page = query.page;
  page.pagination.per_page = query.per_page;
  page.pagination.pages = (total + wanted - 1) / wanted;
  return page;
}

}  // namespace sovereign::registry
