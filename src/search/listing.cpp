#include "search/listing.hpp"

#include <algorithm>
#include <bit>
#include <limits>

#include "search/segment.hpp"

namespace sovereign::search {
namespace {

constexpr std::size_t order_block = Tombstones::order_block;
static_assert(order_block == RankCache::block);

std::size_t order_number(const Sort& sort, const Schema& schema) {
  return sort.by == Sort::By::name ? schema.numbers.size() : sort.field;
}

SortValue value_of(const Position& position) {
  if (const auto* name = std::get_if<std::string>(&position.at)) return {0, *name, position.key};
  const auto* number = std::get_if<double>(&position.at);
  return {number != nullptr ? *number : 0, {}, position.key};
}

// One segment's part of the order: places [low, high) of its ascending order are yet to come. Some
// of its documents count, the live ones or the matches; the others are passed over.
class Run {
 public:
  // Live documents count.
  Run(const SegmentView& view, std::uint32_t number, std::size_t order)
      : segment_(*view.segment),
        marked_(view.tombstones != nullptr ? &view.tombstones->documents : nullptr),
        marked_before_(view.tombstones != nullptr ? &view.tombstones->dead_before[order] : nullptr),
        marked_counts_(false),
        order_(segment_.orders[order]),
        number_(number),
        high_(segment_.size()) {}

  // Matches count.
  Run(const SegmentView& view, std::uint32_t number, std::size_t order, const Bitmap& matches)
      : segment_(*view.segment),
        ranks_(segment_.ranks.find(matches, segment_.orders[order], order)),
        marked_(&matches),
        marked_before_(ranks_.get()),
        marked_counts_(true),
        order_(segment_.orders[order]),
        number_(number),
        high_(segment_.size()) {}

  std::size_t low() const { return low_; }
  std::size_t high() const { return high_; }
  std::size_t length() const { return high_ - low_; }
  void set_low(std::size_t place) { low_ = place; }
  void set_high(std::size_t place) { high_ = place; }
  std::uint32_t number() const { return number_; }
  std::uint32_t document(std::size_t place) const { return order_[place]; }
  SortValue value(std::size_t place) const { return order_.value(segment_.columns, order_[place]); }
  std::size_t lower_bound(const SortValue& value) const {
    return order_.lower_bound(segment_.columns, value, low_, high_);
  }
  bool counts(std::size_t place) const {
    return marked_ == nullptr || marked_->test(order_[place]) == marked_counts_;
  }

  // Documents before the place that count.
  std::size_t rank(std::size_t place) const {
    if (marked_ == nullptr) return place;
    std::size_t marked = (*marked_before_)[place / order_block];
    for (auto p = place / order_block * order_block; p < place; ++p)
      marked += marked_->test(order_[p]);
    return marked_counts_ ? marked : place - marked;
  }

 private:
  const Segment& segment_;
  std::shared_ptr<const MatchRanks> ranks_;          // Keeps what marked_before_ points at.
  const Bitmap* marked_;                             // Null: all documents count.
  const std::vector<std::uint32_t>* marked_before_;  // By block of places.
  bool marked_counts_;                               // Whether it is the marked ones that count.
  const SortOrder& order_;
  std::uint32_t number_;
  std::size_t low_ = 0;
  std::size_t high_;
};

// The runs merged into one order, read from the low end or, descending, from the high end.
class MergedRuns {
 public:
  MergedRuns(const Listing& listing, std::span<const SegmentView> segments)
      : descending_(listing.sort.direction == Sort::Direction::descending) {
    for (std::uint32_t s = 0; s < segments.size(); ++s) {
      runs_.emplace_back(segments[s], s, order_number(listing.sort, *segments[s].segment->schema));
      if (listing.after != nullptr) start_behind(runs_.back(), *listing.after);
    }
  }

  // Only of the matches, by segment, which outlive this.
  MergedRuns(const Listing& listing, std::span<const SegmentView> segments,
             std::span<const Bitmap> matches)
      : descending_(listing.sort.direction == Sort::Direction::descending) {
    for (std::uint32_t s = 0; s < segments.size(); ++s) {
      const auto order = order_number(listing.sort, *segments[s].segment->schema);
      runs_.emplace_back(segments[s], s, order, matches[s]);
      if (listing.after != nullptr) start_behind(runs_.back(), *listing.after);
    }
  }

  // Skips that many of what counts by dividing the remaining range around pivots.
  void skip(std::size_t count) {
    if (count == 0) return;
    std::size_t left = 0;
    for (const auto& run : runs_) left += run.rank(run.high()) - run.rank(run.low());
    if (count >= left) return drop_all();
    // Of the ascending order: the first `target` stay below.
    const std::size_t target = descending_ ? left - count : count;
    std::vector<std::pair<std::size_t, std::size_t>> ends;
    for (const auto& run : runs_) ends.emplace_back(run.low(), run.high());
    const auto split = split_at(target);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      runs_[i].set_low(descending_ ? ends[i].first : split[i]);
      runs_[i].set_high(descending_ ? split[i] : ends[i].second);
    }
  }

  // Calls accept(segment, document) with what counts, until it has said yes that often.
  template <typename Accept>
  void read(std::size_t count, Accept&& accept) {
    std::vector<Head> heads;
    for (auto& run : runs_) push(heads, run);
    while (count > 0 && !heads.empty()) {
      std::ranges::pop_heap(heads, Later{descending_});
      Run& run = *heads.back().run;
      const auto place = take(run);
      heads.pop_back();
      push(heads, run);
      if (run.counts(place) && accept(run.number(), run.document(place))) --count;
    }
  }

 private:
  struct Head {
    SortValue value;
    Run* run;
  };

  // For heaps with the next one on top.
  struct Later {
    bool descending;
    bool operator()(const Head& a, const Head& b) const {
      return descending ? a.value < b.value : b.value < a.value;
    }
  };

  void push(std::vector<Head>& heads, Run& run) const {
    if (run.length() == 0) return;
    heads.push_back({run.value(descending_ ? run.high() - 1 : run.low()), &run});
    std::ranges::push_heap(heads, Later{descending_});
  }

  std::size_t take(Run& run) const {
    const auto place = descending_ ? run.high() - 1 : run.low();
    descending_ ? run.set_high(place) : run.set_low(place + 1);
    return place;
  }

  void start_behind(Run& run, const Position& after) const {
    const SortValue value = value_of(after);
    auto place = run.lower_bound(value);
    if (descending_) return run.set_high(place);
    if (place < run.high() && run.value(place) == value) ++place;
    run.set_low(place);
  }

  void drop_all() {
    for (auto& run : runs_) run.set_low(run.high());
  }

  // For each run the place before which it holds its part of the first `target` that count.
  std::vector<std::size_t> split_at(std::size_t target) {
    std::size_t before = 0;  // what counts before all lows, of the runs' whole orders
    for (const auto& run : runs_) before += run.rank(run.low());
    target += before;
    std::vector<std::size_t> places(runs_.size());
    while (true) {
      auto& longest = *std::ranges::max_element(runs_, {}, &Run::length);
      if (longest.length() == 0) break;
      const auto pivot = longest.low() + longest.length() / 2;
      const SortValue value = longest.value(pivot);
      std::size_t rank = 0;
      for (std::size_t i = 0; i < runs_.size(); ++i) {
        places[i] = &runs_[i] == &longest ? pivot : runs_[i].lower_bound(value);
        rank += runs_[i].rank(places[i]);
      }
      if (rank >= target) {
        for (std::size_t i = 0; i < runs_.size(); ++i) runs_[i].set_high(places[i]);
      } else {
        for (std::size_t i = 0; i < runs_.size(); ++i) runs_[i].set_low(places[i]);
        longest.set_low(pivot + 1);
      }
    }
    for (std::size_t i = 0; i < runs_.size(); ++i) places[i] = runs_[i].low();
    return places;
  }

  bool descending_;
  std::vector<Run> runs_;
};

struct Candidate {
  SortValue value;
  DocumentInSegment document;
};

// Few matches: look each one's value up and select.
std::vector<DocumentInSegment> select_matches(const Listing& listing,
                                              std::span<const SegmentView> segments,
                                              std::span<const Bitmap> matches) {
  const bool descending = listing.sort.direction == Sort::Direction::descending;
  const auto earlier = [&](const Candidate& a, const Candidate& b) {
    return descending ? b.value < a.value : a.value < b.value;
  };
  std::vector<Candidate> candidates;
  for (std::uint32_t s = 0; s < segments.size(); ++s) {
    const Segment& segment = *segments[s].segment;
    const auto& order = segment.orders[order_number(listing.sort, *segment.schema)];
    matches[s].for_each([&](std::uint32_t document) {
      Candidate candidate{order.value(segment.columns, document), {s, document}};
      const bool behind =
          listing.after == nullptr || earlier({value_of(*listing.after), {}}, candidate);
      if (behind) candidates.push_back(candidate);
    });
  }
  const auto first = std::min(listing.offset, candidates.size());
  const auto last = std::min(first + listing.limit, candidates.size());
  std::ranges::partial_sort(candidates, candidates.begin() + static_cast<std::ptrdiff_t>(last),
                            earlier);
  std::vector<DocumentInSegment> page;
  for (auto i = first; i < last; ++i) page.push_back(candidates[i].document);
  return page;
}

// Walking the order costs a step a document passed, selecting about this many a match.
constexpr std::size_t steps_per_match = 8;
// Longer walks are cut short by counting matches (RankCache).
constexpr std::size_t long_walk = 2048;

std::vector<DocumentInSegment> read_page(MergedRuns& runs, std::size_t limit) {
  std::vector<DocumentInSegment> page;
  page.reserve(limit);
  runs.read(limit, [&](std::uint32_t segment, std::uint32_t document) {
    page.push_back({segment, document});
    return true;
  });
  return page;
}

}  // namespace

std::vector<DocumentInSegment> list_all(const Listing& listing,
                                        std::span<const SegmentView> segments) {
  MergedRuns runs(listing, segments);
  runs.skip(listing.offset);
  return read_page(runs, listing.limit);
}

std::vector<DocumentInSegment> list_matches(const Listing& listing,
                                            std::span<const SegmentView> segments,
                                            std::span<const Bitmap> matches) {
  std::size_t total = 0;
  std::size_t documents = 0;
  std::size_t live = 0;
  for (std::size_t s = 0; s < segments.size(); ++s) {
    const auto* tombstones = segments[s].tombstones.get();
    total += matches[s].count();
    documents += matches[s].size();
    live += matches[s].size() - (tombstones != nullptr ? tombstones->count : 0);
  }
  if (total == live) return list_all(listing, segments);
  const auto end = std::min(listing.offset, documents) + listing.limit;
  const auto walked = total == 0 ? documents : end * documents / total;
  if (walked >= total * steps_per_match) return select_matches(listing, segments, matches);
  if (walked > long_walk) {
    MergedRuns runs(listing, segments, matches);
    runs.skip(listing.offset);
    return read_page(runs, listing.limit);
  }
  MergedRuns runs(listing, segments);
  std::vector<DocumentInSegment> page;
  std::size_t to_skip = listing.offset;
  runs.read(end, [&](std::uint32_t segment, std::uint32_t document) {
    if (!matches[segment].test(document)) return false;
    if (to_skip > 0) return --to_skip, true;
    page.push_back({segment, document});
    return true;
  });
  return page;
}

Position position_of(const Sort& sort, const SegmentView& view, std::uint32_t document) {
  const Segment& segment = *view.segment;
  const auto order = order_number(sort, *segment.schema);
  const SortValue value = segment.orders[order].value(segment.columns, document);
  if (sort.by == Sort::By::name) return {std::string(value.name), value.key};
  return {value.number, value.key};
}

}  // namespace sovereign::search
