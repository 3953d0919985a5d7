// Rewrites segments as one, without their removed documents, and decides which to rewrite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "search/segment.hpp"
#include "search/snapshot.hpp"

namespace sovereign::search {

/// The live documents of all as one segment; null when there are none. Their keys differ.
std::shared_ptr<const Segment> merge_segments(std::shared_ptr<const Schema> schema,
                                              std::span<const SegmentView> sources);

struct SegmentSize {
  std::size_t live = 0;
  std::size_t dead = 0;
};

/// A segment of more is merged in the background only: a millisecond or two of work.
inline constexpr std::size_t inline_merge_documents = 1024;

/// With more segments than this, apply() does even a large merge itself: nobody runs the planned
/// ones.
inline constexpr std::size_t most_segments = 32;

/// The segments to merge inside apply(), as indices; empty when there is nothing to do.
std::vector<std::size_t> choose_small_merge(std::span<const SegmentSize> sizes);
/// The segments to merge in the background; a single one is rewritten to drop its dead.
std::vector<std::size_t> choose_large_merge(std::span<const SegmentSize> sizes);

}  // namespace sovereign::search
