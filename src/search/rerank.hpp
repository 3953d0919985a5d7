// The second look at the best matches: words that stand together as in the query, and names that
// are just what was asked for.
#pragma once

#include <cstdint>
#include <span>

#include "search/query_plan.hpp"
#include "search/token_matcher.hpp"

namespace sovereign::search {

/// What the document's score gains; never negative, so that a document looked at twice stays before
/// those that were not. `segments` is all, largest first: its dictionary tells how rare words are.
float second_look(const QueryPlan& plan, const TokenMatcher& matcher,
                  std::span<const SegmentView> segments, std::size_t segment_number,
                  std::uint32_t document);

}  // namespace sovereign::search
