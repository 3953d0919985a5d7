// Pages in the order of a number or the name, over all segments.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "search/bitmap.hpp"
#include "search/query.hpp"
#include "search/snapshot.hpp"

namespace sovereign::search {

struct DocumentInSegment {
  std::uint32_t segment = 0;
  std::uint32_t document = 0;
};

struct Listing {
  Sort sort;  ///< By number or name.
  std::size_t offset = 0;
  std::size_t limit = 0;
  const Position* after = nullptr;  ///< Or null.
};

/// One page of all live documents; its cost hardly depends on the offset.
std::vector<DocumentInSegment> list_all(const Listing& listing,
                                        std::span<const SegmentView> segments);
/// One page of the given documents (`matches` by segment, live ones only).
std::vector<DocumentInSegment> list_matches(const Listing& listing,
                                            std::span<const SegmentView> segments,
                                            std::span<const Bitmap> matches);
/// The position of a document in that order.
Position position_of(const Sort& sort, const SegmentView& view, std::uint32_t document);

}  // namespace sovereign::search
