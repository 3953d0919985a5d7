#include "search/segment.hpp"

#include <algorithm>
#include <utility>

namespace sovereign::search {

Segment::Segment(std::shared_ptr<const Schema> its_schema, TermDictionary terms,
                 std::vector<std::pair<StringTable, StringList>> keyword_values,
                 DocumentColumns documents)
    : schema(std::move(its_schema)),
      columns(std::move(documents)),
      dictionary(std::move(terms)),
      postings(*schema, columns, dictionary.size()) {
  for (std::size_t f = 0; f < keyword_values.size(); ++f) {
    auto& [values, displays] = keyword_values[f];
    keywords.emplace_back(std::move(values), std::move(displays), columns.keywords[f]);
  }
  for (std::size_t f = 0; f <= columns.numbers.size(); ++f) orders.emplace_back(columns, f);
}

std::optional<std::uint32_t> Segment::find(const Uuid& key) const {
  const auto at = std::ranges::lower_bound(columns.keys, key);
  if (at == columns.keys.end() || *at != key) return std::nullopt;
  return static_cast<std::uint32_t>(at - columns.keys.begin());
}

std::size_t Segment::memory_bytes() const {
  std::size_t total =
      sizeof *this + columns.memory_bytes() + dictionary.memory_bytes() + postings.memory_bytes();
  for (const auto& keyword : keywords) total += keyword.memory_bytes();
  for (const auto& order : orders) total += order.memory_bytes();
  return total;
}

std::shared_ptr<const Tombstones> with_removed(const Segment& segment, const Tombstones* before,
                                               std::span<const std::uint32_t> removed) {
  auto after = std::make_shared<Tombstones>();
  if (before != nullptr) {
    *after = *before;
  } else {
    after->documents = Bitmap(segment.size());
    const auto blocks = segment.size() / Tombstones::order_block + 1;
    after->dead_before.assign(segment.orders.size(), std::vector<std::uint32_t>(blocks, 0));
  }
  after->count += static_cast<std::uint32_t>(removed.size());
  for (std::size_t o = 0; o < segment.orders.size(); ++o) {
    auto& dead_before = after->dead_before[o];
    for (const auto document : removed) {
      const auto place = segment.orders[o].place_of(segment.columns, document);
      for (auto b = place / Tombstones::order_block + 1; b < dead_before.size(); ++b)
        ++dead_before[b];
    }
  }
  for (const auto document : removed) after->documents.set(document);
  return after;
}

}  // namespace sovereign::search
