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
  std::uint64_t count;
};

// The first segment is the largest: its dictionary has nearly every value of the others.
class Totals {
 public:
  explicit Totals(const KeywordDictionary& largest) : largest_(largest) {}

  void add(const KeywordDictionary& dictionary, const Counts& counts) {
    const bool is_largest = &dictionary == &largest_;
    if (is_largest) {
      base_.assign(counts.begin(), counts.end());
      displays_.resize(counts.size());
    }
    for (std::uint32_t i = 0; i < counts.size() && !is_largest; ++i) {
      if (counts[i] > 0) add_value(dictionary, i, counts[i]);
    }
  }

  std::vector<Value> values() const {
    std::vector<Value> values;
    for (std::uint32_t i = 0; i < base_.size(); ++i) {
      if (base_[i] == 0) continue;
      const auto display = displays_[i].empty() ? largest_.display(i) : displays_[i];
      values.push_back({largest_.values()[i], display, base_[i]});
    }
    for (const auto& [folded, value] : others_) values.push_back(value);
    return values;
  }

 private:
  void add_value(const KeywordDictionary& dictionary, std::uint32_t ordinal, std::uint32_t count) {
    const auto folded = dictionary.values()[ordinal];
    const auto display = dictionary.display(ordinal);
    if (const auto at = largest_.values().find(folded)) {
      base_[*at] += count;
      const auto shown = displays_[*at].empty() ? largest_.display(*at) : displays_[*at];
      displays_[*at] = std::min(shown, display);
      return;
    }
    Value& value = others_.try_emplace(folded, folded, display, 0).first->second;
    value.display = std::min(value.display, display);
    value.count += count;
  }

  const KeywordDictionary& largest_;
  std::vector<std::uint64_t> base_;
  std::vector<std::string_view> displays_;  ///< Where another segment has a smaller spelling.
  std::map<std::string_view, Value> others_;
};

}  // namespace

Facet count_facet(std::size_t field, std::size_t limit, std::span<const SegmentView> segments,
                  std::span<const Bitmap> matches) {
  Facet facet{.field = field, .values = {}};
  if (segments.empty()) return facet;
  Totals sums(segments.front().segment->keywords[field]);
  for (std::size_t s = 0; s < segments.size(); ++s) {
    const Segment& segment = *segments[s].segment;
    sums.add(segment.keywords[field], matches.empty() ? count_live(segments[s], field)
                                                      : count_in(segment, field, matches[s]));
  }
  auto values = sums.values();
  const auto shown = std::min(limit, values.size());
  std::ranges::partial_sort(values, values.begin() + static_cast<std::ptrdiff_t>(shown),
                            [](const Value& a, const Value& b) {
                              return a.count != b.count ? a.count > b.count : a.folded < b.folded;
                            });
  for (const auto& value : std::span(values).first(shown)) {
    facet.values.push_back({std::string(value.display), value.count});
  }
  return facet;
}

}  // namespace sovereign::search
