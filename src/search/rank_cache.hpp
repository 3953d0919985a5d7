// How many matches stand before each place of a sort order, in blocks: what turns a deep page of a
// filtered listing into a division of ranges. Counting costs a pass over the segment, so the counts
// of the last few match sets are kept (most listings ask for the same few: active agents, say).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "search/bitmap.hpp"
#include "search/sort_order.hpp"

namespace sovereign::search {

/// By block of places: how many of the places before hold a match.
using MatchRanks = std::vector<std::uint32_t>;

/// Any thread; a lock is held for a few comparisons only.
class RankCache {
 public:
  static constexpr std::size_t block = 256;  ///< Places.
  static constexpr std::size_t capacity =
      8;  ///< Match sets; about 1.6 KB each for 100 000 documents.

  /// The ranks of `matches` in `order`, which is the segment's order number `number`.
  std::shared_ptr<const MatchRanks> find(const Bitmap& matches, const SortOrder& order,
                                         std::size_t number) const;

 private:
  struct Entry {
    std::uint64_t fingerprint = 0;
    std::size_t order = 0;
    std::shared_ptr<const MatchRanks> ranks;
  };

  mutable std::mutex mutex_;
  mutable std::array<Entry, capacity> entries_;
  mutable std::size_t next_ = 0;  ///< The entry that goes next.
};

}  // namespace sovereign::search
