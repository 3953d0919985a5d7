// The boolean tree of POST /discovery/search, read into the search library's filter.
#pragma once

#include "base/error.hpp"
#include "json/parse.hpp"
#include "search/query.hpp"

namespace sovereign::registry {

namespace limits {
inline constexpr std::size_t kFilterDepth = 6;   ///< Nested nodes; the evaluation recurses.
inline constexpr std::size_t kFilterNodes = 64;  ///< Each may cost a pass over all agents.
}  // namespace limits

/// Error: `unprocessable`, with pointers below "/filters".
Result<search::Filter> read_filter_tree(const json::Value& tree);

}  // namespace sovereign::registry
