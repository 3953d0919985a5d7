// Evaluates a filter over one segment.
#pragma once

#include "search/bitmap.hpp"
#include "search/query.hpp"
#include "search/segment.hpp"

namespace sovereign::search {

bool is_everything(const Filter& filter);

/// The documents that match, removed ones included. Fields out of range match nothing.
Bitmap evaluate(const Filter& filter, const Segment& segment);

}  // namespace sovereign::search
