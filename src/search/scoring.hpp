// BM25F over the matching documents of one segment, in windows that stay in the cache.
#pragma once

#include <cstddef>

#include "search/bitmap.hpp"
#include "search/query_plan.hpp"
#include "search/segment.hpp"
#include "search/top_documents.hpp"

namespace sovereign::search {

/// Adds the best of `matches` to `top`. Words of many documents are not walked: they are looked at
/// only where the other words, or the maximum of a block of 64, leave a chance.
void score_matches(const QueryPlan& plan, const Segment& segment, std::size_t segment_number,
                   const Bitmap& matches, TopDocuments& top);

}  // namespace sovereign::search
