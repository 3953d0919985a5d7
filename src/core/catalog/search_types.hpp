// What can be asked of the catalog, and what it answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/catalog/agent_record.hpp"

namespace sovereign::core {

/// Filters that are empty hold for all.
struct SearchQuery {
  std::string text;  ///< 512 bytes at most.
  /// Any of: local_dev, local_uninstalled, registry_available, installed, enabled, running,
  /// stopped, error, gone. All that hold for an agent count: a running one is installed and enabled
  /// too. Agents that are gone are found only when asked for.
  std::vector<std::string> statuses;
  std::optional<Origin> origin;
  std::vector<std::string> all_capabilities;
  std::vector<std::string> any_capabilities;
  std::vector<std::string> all_integration_points;
  std::vector<std::string> any_integration_points;
  int verification_min = 0;
  std::optional<double> trust_score_min;  ///< Agents without a score are left out.
  std::size_t offset = 0;
  std::size_t limit = 50;  ///< 1 to 500.
};

/// Why an agent was found, the best reason first in rank.
enum class MatchReason : std::uint8_t {
  exact_id,
  name_prefix,
  name,
  keyword,  ///< A keyword, an integration point or a capability.
  id_part,
  description,
  listed,  ///< There was nothing to search for.
};
/// "exact_id" ...
std::string_view to_string(MatchReason reason);

struct SearchHit {
  std::shared_ptr<const AgentRecord> agent;
  MatchReason reason = MatchReason::listed;
  std::string explanation;  ///< For a person: `"git" is a keyword`; empty when listed.
};

struct FacetCount {
  std::string value;
  std::uint64_t count = 0;
};

struct SearchAnswer {
  std::vector<SearchHit> hits;
  std::uint64_t total = 0;
  // Over all that match, most frequent first.
  std::vector<FacetCount> statuses;
  std::vector<FacetCount> capabilities;
  std::vector<FacetCount> integration_points;
};

}  // namespace sovereign::core
