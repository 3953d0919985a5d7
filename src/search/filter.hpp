// Evaluates a filter over one segment.
#pragma once

#include "search/bitmap.hpp"
#include "search/query.hpp"
#include "search/segment.hpp"

namespace sovereign::search {

bool is_everything(const Filter& filter);

/// The documents that match, removed ones included. Fields out of range match nothing.
Bitmap evaluate(const Filter& filter, const Segment& segment);
/// Takes from `set` what does not match; cheaper than the whole when little is left in the set.
void narrow(const Filter& filter, const Segment& segment, Bitmap& set);

}  // namespace sovereign::search
