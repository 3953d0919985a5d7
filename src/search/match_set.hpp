// Which documents of a segment match a query: the exact set, from which totals and facets are
// counted.
#pragma once

#include <cstddef>

#include "search/bitmap.hpp"
#include "search/query.hpp"
#include "search/query_plan.hpp"
#include "search/snapshot.hpp"

namespace sovereign::search {

/// The live documents that pass the filter and, when the plan has words, hold enough of their
/// shares. A text whose every word is unknown matches nothing; `has_text` tells it from no text.
struct MatchRequest {
  const Filter& filter;
  const QueryPlan& plan;
  bool has_text = false;
};
Bitmap match_set(const MatchRequest& request, const SegmentView& view, std::size_t segment_number);

}  // namespace sovereign::search
