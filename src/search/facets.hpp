// Counts the values of a keyword field over all matches, exactly.
#pragma once

#include <cstddef>
#include <span>

#include "search/bitmap.hpp"
#include "search/query.hpp"
#include "search/snapshot.hpp"

namespace sovereign::search {

/// `matches` by segment, live documents only; empty means all live documents.
Facet count_facet(std::size_t field, std::size_t limit, std::span<const SegmentView> segments,
                  std::span<const Bitmap> matches);

}  // namespace sovereign::search
