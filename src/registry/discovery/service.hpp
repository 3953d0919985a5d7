// Answers searches from the catalog's present snapshot. Never waits.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/clock.hpp"
#include "registry/discovery/answers.hpp"
#include "registry/discovery/catalog.hpp"
#include "registry/discovery/plan.hpp"

namespace sovereign::registry {

/// Any thread. Both must outlive it.
class DiscoveryService {
 public:
  DiscoveryService(Catalog& catalog, const Clock& clock) : catalog_(catalog), clock_(clock) {}

  search::Answer search(const SearchPlan& plan) const;

  /// The capabilities of active agents, most frequent first, that start with query.q.
  CapabilityPage capabilities(const CapabilityQuery& query) const;

  const Catalog& catalog() const { return catalog_; }
  const Clock& clock() const { return clock_; }

 private:
  using Counts = std::vector<search::FacetValue>;
  struct Directory {
    std::uint64_t version = 0;
    std::shared_ptr<const Counts> counts;
  };

  /// All capabilities, counted once for each state of the catalog.
  std::shared_ptr<const Counts> directory() const;

  Catalog& catalog_;
  const Clock& clock_;
  mutable std::mutex directory_mutex_;
  mutable Directory directory_;
};

}  // namespace sovereign::registry
