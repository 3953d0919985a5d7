// What the search index knows of an agent, and under which field numbers.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "registry/agents/record.hpp"
#include "registry/agents/types.hpp"
#include "search/schema.hpp"

namespace sovereign::registry::index_fields {

/// Searched text, in the order of the schema.
enum Text : std::size_t {
  name,
  human_readable_id,
  tags,
  capabilities,
  agent_type,
  developer,
  description
};

/// Exact values.
namespace keyword {
enum : std::size_t {
  capabilities,
  tags,
  agent_type,
  status,
  developer,     ///< The user name.
  developer_id,  ///< The account's UUID.
  verified,      ///< "true" or "false".
  human_readable_id,
  tee  ///< kAnyTee and tee_term(type), of cards with capabilities.teeDetails.
};
}  // namespace keyword

/// What every card has that says to run in a trusted execution environment.
inline constexpr std::string_view kAnyTee = "*";
/// What it has if that is of this type.
std::string tee_term(std::string_view type);

namespace number {
enum : std::size_t {
  created_at,  ///< Microseconds since 1970; first, so that it is the order of plain lists.
  updated_at,
  price,      ///< pricing.base_price; absent without one.
  reputation  ///< Absent until agents have one.
};
}  // namespace number

search::Schema schema();

/// The name of a text field as clients know it.
std::string_view name_of_text(std::size_t field);

search::Document document_of(const CatalogAgent& entry, std::shared_ptr<const AgentRecord> record);

}  // namespace sovereign::registry::index_fields
