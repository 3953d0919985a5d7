#include "search/filter.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "search/unicode.hpp"

namespace sovereign::search {
namespace {

// Setting this share's bits one by one costs as much as a pass over the column.
constexpr std::size_t scan_share = 8;

std::uint64_t bits_in_range(std::span<const double> numbers, double min, double max) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const unsigned inside = unsigned{numbers[i] >= min} & unsigned{numbers[i] <= max};  // no branch
    bits |= std::uint64_t{inside} << i;
  }
  return bits;
}

bool is_range(const Filter& filter) { return std::holds_alternative<InRange>(filter.node); }

// Ranges last: they cost least on a small set.
void narrow_to_all(const AllOf& node, const Segment& segment, Bitmap& set) {
  for (const auto& member : node.of) {
    if (!is_range(member)) narrow(member, segment, set);
  }
  for (const auto& member : node.of) {
    if (is_range(member)) narrow(member, segment, set);
  }
}

void narrow_to_range(const InRange& node, const Segment& segment, Bitmap& set) {
  const auto& column = segment.columns.numbers[node.field];
  const double min = std::max(node.min, std::numeric_limits<double>::lowest());
  for (std::size_t w = 0; w < set.word_count(); ++w) {
    for (auto left = set.word(w); left != 0; left &= left - 1) {
      const double number = column[w * 64 + static_cast<unsigned>(std::countr_zero(left))];
      if (!(number >= min && number <= node.max)) set.data()[w] &= ~(left & (0 - left));
    }
  }
}

struct Evaluation {
  const Segment& segment;

  Bitmap union_of(const std::vector<Filter>& members) const {
    Bitmap set(segment.size());
    for (const auto& member : members) set.unite(evaluate(member, segment));
    return set;
  }

  Bitmap operator()(const Everything&) const { return Bitmap::full(segment.size()); }

  Bitmap operator()(const AllOf& node) const {
    Bitmap set = Bitmap::full(segment.size());
    narrow_to_all(node, segment, set);
    return set;
  }

  Bitmap operator()(const AnyOf& node) const { return union_of(node.of); }

  Bitmap operator()(const NoneOf& node) const {
    Bitmap set = union_of(node.of);
    set.complement();
    return set;
  }

  Bitmap operator()(const HasTerm& node) const {
    Bitmap set(segment.size());
    if (node.field >= segment.keywords.size()) return set;
    const auto& dictionary = segment.keywords[node.field];
    if (const auto ordinal = dictionary.values().find(fold_case(node.value))) {
      dictionary.unite_into(*ordinal, set);
    }
    return set;
  }

  Bitmap operator()(const InRange& node) const {
    Bitmap set(segment.size());
    if (node.field >= segment.columns.numbers.size() || !(node.min <= node.max)) return set;
    // Absent numbers stand below the lowest in the order.
    const double min = std::max(node.min, std::numeric_limits<double>::lowest());
    const auto& order = segment.orders[node.field];
    const auto low = order.lower_bound(segment.columns, {min, {}, {}}, 0, order.size());
    std::size_t high = order.size();
    if (node.max < std::numeric_limits<double>::infinity()) {
      const double above = std::nextafter(node.max, std::numeric_limits<double>::infinity());
      high = order.lower_bound(segment.columns, {above, {}, {}}, low, order.size());
    }
    if ((high - low) * scan_share < segment.size()) {
      for (auto place = low; place < high; ++place) set.set(order[place]);
      return set;
    }
    const auto& column = segment.columns.numbers[node.field];
    for (std::size_t w = 0; w < set.word_count(); ++w) {
      const auto block = std::span(column).subspan(w * 64);
      set.data()[w] =
          bits_in_range(block.first(std::min<std::size_t>(block.size(), 64)), min, node.max);
    }
    return set;
  }
};

}  // namespace

bool is_everything(const Filter& filter) {
  if (const auto* all = std::get_if<AllOf>(&filter.node)) {
    return std::ranges::all_of(all->of, is_everything);
  }
  return std::holds_alternative<Everything>(filter.node);
}

void narrow(const Filter& filter, const Segment& segment, Bitmap& set) {
  if (const auto* all = std::get_if<AllOf>(&filter.node)) return narrow_to_all(*all, segment, set);
  if (std::holds_alternative<Everything>(filter.node)) return;
  const auto* range = std::get_if<InRange>(&filter.node);
  if (range != nullptr && range->field < segment.columns.numbers.size() &&
      set.count() * scan_share < segment.size()) {
    return narrow_to_range(*range, segment, set);
  }
  set.intersect(evaluate(filter, segment));
}

Bitmap evaluate(const Filter& filter, const Segment& segment) {
  return std::visit(Evaluation{segment}, filter.node);
}

}  // namespace sovereign::search
