#include "search/sort_order.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace sovereign::search {
namespace {

double comparable(double number) {
  return std::isnan(number) ? -std::numeric_limits<double>::infinity() : number;
}

}  // namespace

SortOrder::SortOrder(const DocumentColumns& columns, std::size_t field) : field_(field) {
  if (field == columns.numbers.size()) {
    documents_ = sorted_order(columns.names);
    return;
  }
  std::vector<std::pair<double, std::uint32_t>> entries(columns.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    entries[i] = {comparable(columns.numbers[field][i]), i};
  }
  std::ranges::sort(entries);
  documents_.resize(entries.size());
  std::ranges::transform(entries, documents_.begin(),
                         [](const auto& entry) { return entry.second; });
}

SortValue SortOrder::value(const DocumentColumns& columns, std::uint32_t document) const {
  const auto& key = columns.keys[document];
  if (field_ == columns.numbers.size()) return {0, columns.names[document], key};
  return {comparable(columns.numbers[field_][document]), {}, key};
}

std::size_t SortOrder::lower_bound(const DocumentColumns& columns, const SortValue& wanted,
                                   std::size_t low, std::size_t high) const {
  while (low < high) {
    const auto middle = (low + high) / 2;
    if (value(columns, documents_[middle]) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace sovereign::search
