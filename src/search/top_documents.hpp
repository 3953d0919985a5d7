// The best documents seen so far, over all segments.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "search/segment.hpp"
#include "search/snapshot.hpp"

namespace sovereign::search {

struct ScoredDocument {
  float score = 0;
  std::uint32_t segment = 0;
  std::uint32_t document = 0;
};

/// Orders by score descending, then by key, so that equal scores have a stable order.
struct BetterDocument {
  std::span<const SegmentView> segments;

  bool operator()(const ScoredDocument& a, const ScoredDocument& b) const {
    if (a.score != b.score) return a.score > b.score;
    if (a.segment == b.segment) return a.document < b.document;
    return segments[a.segment].segment->columns.keys[a.document] <
           segments[b.segment].segment->columns.keys[b.document];
  }
};

/// Keeps a few times as many as wanted and throws the worse ones away when full: constant cost a
/// document, however many are wanted.
class TopDocuments {
 public:
  TopDocuments(std::span<const SegmentView> segments, std::size_t wanted)
      : better_{segments}, wanted_(std::max<std::size_t>(wanted, 1)) {}

  /// Scores below this have no chance. Equal ones do, unless their segment is the one of the
  /// documents kept and comes in ascending order: a caller may then skip them.
  float bar() const { return bar_; }
  std::size_t wanted() const { return wanted_; }
  /// Says that `wanted` documents of at least this score will be added: those below need not be.
  void expect(float score) {
    bar_ = std::max(bar_, std::nextafter(score, -std::numeric_limits<float>::infinity()));
  }

  void add(const ScoredDocument& document) {
    kept_.push_back(document);
    if (kept_.size() >= 2 * wanted_ + spare) prune();
  }

  /// Best first.
  std::vector<ScoredDocument> take() {
    if (kept_.size() > wanted_) prune();
    std::ranges::sort(kept_, better_);
    return std::move(kept_);
  }

 private:
  static constexpr std::size_t spare = 128;

  void prune() {
    const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(wanted_) - 1;
    std::ranges::nth_element(kept_, last, better_);
    kept_.resize(wanted_);
    bar_ = std::max(bar_, kept_.back().score);
  }

  BetterDocument better_;
  std::size_t wanted_;
  float bar_ = -std::numeric_limits<float>::infinity();
  std::vector<ScoredDocument> kept_;
};

}  // namespace sovereign::search
