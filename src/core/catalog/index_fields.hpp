// What the search index knows of an agent, and under which field numbers.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/uuid.hpp"
#include "core/catalog/agent_record.hpp"
#include "search/schema.hpp"

namespace sovereign::core::index_fields {

/// Searched text.
enum Text : std::size_t { id, name, keywords, description };

/// Exact values.
namespace keyword {
enum : std::size_t { status, origin, capabilities, integration_points, id };
}  // namespace keyword

namespace number {
enum : std::size_t { verification, trust_score };
}  // namespace number

search::Schema schema();

/// The index's keys are UUIDs, made from the id.
base::Uuid key_of(const AgentId& id);

/// All words of SearchQuery::statuses that hold.
std::vector<std::string> statuses_of(const AgentRecord& record);

search::Document document_of(std::shared_ptr<const AgentRecord> record);

}  // namespace sovereign::core::index_fields
