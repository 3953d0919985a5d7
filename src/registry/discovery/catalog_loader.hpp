// Fills search segments from the database: one thread reads rows, two make records and documents.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include "registry/agents/types.hpp"
#include "search/segment_builder.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

using Developers = std::unordered_map<UserId, Developer>;

struct LoadedCatalog {
  static constexpr std::size_t kThreads = 2;
  std::array<search::SegmentBuilder, kThreads> builders;  ///< Prepared, for Index::adopt.
  Developers developers;
};

/// Reads all agents. Blocks until all threads are done. Errors: the scan's.
Result<LoadedCatalog> load_catalog(sql::Database& database,
                                   const std::shared_ptr<const search::Schema>& schema,
                                   const std::string& registry_url);

}  // namespace sovereign::registry
