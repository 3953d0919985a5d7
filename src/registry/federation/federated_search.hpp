// One search over this registry and its peers: asks them, lays their agents over the catalog and
// ranks all as one, in pages that fit together.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "async/task.hpp"
#include "registry/discovery/answers.hpp"
#include "registry/discovery/plan.hpp"
#include "registry/discovery/service.hpp"
#include "registry/federation/fan_out.hpp"
#include "registry/federation/result_sets.hpp"

namespace sovereign::registry {

struct FederatedAnswer {
  SearchPlan plan;
  search::Answer answer;
  FederatedPart part;
};

/// Any thread.
class FederatedSearch {
 public:
  /// All must outlive this.
  FederatedSearch(const DiscoveryService& discovery, FanOut& fan_out, base::Random& random)
      : discovery_(discovery), fan_out_(fan_out), sets_(random) {}

  /// Errors: those of plan_search(). Peers that fail are rows of the status.
  Task<FederatedAnswer> search(SearchRequest wire, Viewer viewer, Ownership ownership);

 private:
  boost::asio::awaitable<ResultSet> collect(const SearchRequest& wire, std::uint64_t question);

  const DiscoveryService& discovery_;
  FanOut& fan_out_;
  ResultSets sets_;
};

}  // namespace sovereign::registry
