#include "search/facets.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "search/segment.hpp"

namespace sovereign::search {
namespace {

using Counts = std::vector<std::uint32_t>;

Counts totals(const KeywordDictionary& dictionary) {
  Counts counts(dictionary.size());
  for (std::uint32_t i = 0; i < counts.size(); ++i) counts[i] = dictionary.count(i);
  return counts;
}

void subtract(Counts& counts, const KeywordColumn& column, const Bitmap& documents) {
  documents.for_each([&](std::uint32_t document) {
    for (const auto ordinal : column.of(document)) --counts[ordinal];
  });
}

// Whichever is less work: counting the matches, or taking the others off the totals.
Counts count_in(const Segment& segment, std::size_t field, const Bitmap& matches) {
  const auto& column = segment.columns.keywords[field];
  if (matches.count() * 2 > segment.size()) {
    Counts counts = totals(segment.keywords[field]);
    Bitmap others = matches;
    others.complement();
    subtract(counts, column, others);
    return counts;
  }
  Counts counts(segment.keywords[field].size(), 0);
  matches.for_each([&](std::uint32_t document) {
    for (const auto ordinal : column.of(document)) ++counts[ordinal];
  });
  return counts;
}

Counts count_live(const SegmentView& view, std::size_t field) {
  Counts counts = totals(view.segment->keywords[field]);
  if (view.tombstones) {
    subtract(counts, view.segment->columns.keywords[field], view.tombstones->documents);
  }
  return counts;
}

struct Value {
  std::string_view folded;
  std::string_view display;
  std::uint64_t count = 0;
};

bool comes_first(const Value& a, const Value& b) {
  return a.count != b.count ? a.count > b.count : a.folded < b.folded;
}

// The sums over all segments. The first is the largest: its dictionary has nearly every value of
// the others.
class Totals {
 public:
  explicit Totals(const KeywordDictionary& largest)
      : largest_(largest), sums_(largest.size(), 0), displays_(largest.size()) {}

  void add_largest(const Counts& counts) {
    for (std::uint32_t i = 0; i < counts.size(); ++i) sums_[i] += counts[i];
  }

  void add(const KeywordDictionary& dictionary, const Counts& counts) {
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0) add_value(dictionary, i, counts[i]);
    }
  }

  std::vector<Value> values() const {
    std::vector<Value> values;
    for (std::uint32_t i = 0; i < sums_.size(); ++i) {
      if (sums_[i] > 0) values.push_back(value(i));
    }
    for (const auto& [folded, other] : others_) values.push_back(other);
    return values;
  }

  // The first `limit` values, given what was added of the other segments: counts the values of the
  // largest from the most frequent on, until no further one can come among the first.
  std::vector<Value> first_values(std::size_t limit, const Bitmap& matches) {
    const auto most_added = sums_.empty() ? 0 : *std::ranges::max_element(sums_);
    std::vector<Value> best;  // a heap with the last one on top
    const auto offer = [&](const Value& candidate) {
      if (candidate.count == 0) return;
      best.push_back(candidate);
      std::ranges::push_heap(best, comes_first);
      if (best.size() <= limit) return;
      std::ranges::pop_heap(best, comes_first);
      best.pop_back();
    };
    for (const auto& [folded, other] : others_) offer(other);
    for (const auto ordinal : largest_.by_count()) {
      const auto most = largest_.count(ordinal) + most_added;
      if (best.size() == limit && most < best.front().count) break;
      sums_[ordinal] += largest_.count_in(ordinal, matches);
      offer(value(ordinal));
    }
    return best;
  }

 private:
  Value value(std::uint32_t ordinal) const {
    const auto display =
        displays_[ordinal].empty() ? largest_.display(ordinal) : displays_[ordinal];
    return {largest_.values()[ordinal], display, sums_[ordinal]};
  }

  void add_value(const KeywordDictionary& dictionary, std::uint32_t ordinal, std::uint32_t count) {
    const auto folded = dictionary.values()[ordinal];
    const auto display = dictionary.display(ordinal);
    if (const auto at = largest_.values().find(folded)) {
      sums_[*at] += count;
      displays_[*at] = std::min(value(*at).display, display);
      return;
    }
    Value& other = others_.try_emplace(folded, Value{folded, display, 0}).first->second;
    other.display = std::min(other.display, display);
    other.count += count;
  }

  const KeywordDictionary& largest_;
  std::vector<std::uint64_t> sums_;         ///< By ordinal of the largest.
  std::vector<std::string_view> displays_;  ///< Where another segment has a smaller spelling.
  std::map<std::string_view, Value> others_;
};

// With this share of matches, and few values wanted, counting by value looks at fewer bits.
constexpr std::size_t by_value_share = 8;
constexpr std::size_t by_value_limit = 64;

std::vector<Value> count_values(std::size_t field, std::size_t limit,
                                std::span<const SegmentView> segments,
                                std::span<const Bitmap> matches) {
  const Segment& largest = *segments.front().segment;
  Totals totals_of_all(largest.keywords[field]);
  for (std::size_t s = 1; s < segments.size(); ++s) {
    const Segment& segment = *segments[s].segment;
    totals_of_all.add(segment.keywords[field], matches.empty()
                                                   ? count_live(segments[s], field)
                                                   : count_in(segment, field, matches[s]));
  }
  if (matches.empty()) {
    totals_of_all.add_largest(count_live(segments.front(), field));
    return totals_of_all.values();
  }
  if (limit <= by_value_limit && matches[0].count() * by_value_share > largest.size()) {
    return totals_of_all.first_values(limit, matches[0]);
  }
  totals_of_all.add_largest(count_in(largest, field, matches[0]));
  return totals_of_all.values();
}

}  // namespace

Facet count_facet(std::size_t field, std::size_t limit, std::span<const SegmentView> segments,
                  std::span<const Bitmap> matches) {
  Facet facet{.field = field, .values = {}};
  if (segments.empty() || limit == 0) return facet;
  auto values = count_values(field, limit, segments, matches);
  const auto shown = std::min(limit, values.size());
  std::ranges::partial_sort(values, values.begin() + static_cast<std::ptrdiff_t>(shown),
                            comes_first);
  for (const auto& value : std::span(values).first(shown)) {
    facet.values.push_back({std::string(value.display), value.count});
  }
  return facet;
}

}  // namespace sovereign::search
