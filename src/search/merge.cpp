#include "search/merge.hpp"

#include <algorithm>
#include <bit>
#include <queue>
#include <utility>

namespace sovereign::search {
namespace {

constexpr std::uint32_t unused = 0xFFFF'FFFF;

bool is_live(const SegmentView& view, std::uint32_t document) {
  return !view.tombstones || !view.tombstones->documents.test(document);
}

std::vector<DocumentReference> order_by_key(std::span<const SegmentView> sources) {
  std::vector<DocumentReference> order;
  for (std::uint32_t s = 0; s < sources.size(); ++s) {
    std::vector<DocumentReference> live;
    for (std::uint32_t d = 0; d < sources[s].segment->size(); ++d) {
      if (is_live(sources[s], d)) live.push_back({s, d});
    }
    std::vector<DocumentReference> both(order.size() + live.size());
    const auto key_of = [&](const DocumentReference& reference) -> const Uuid& {
      return sources[reference.source].segment->columns.keys[reference.document];
    };
    std::ranges::merge(order, live, both.begin(), {}, key_of, key_of);
    order = std::move(both);
  }
  return order;
}

// Marks the numbers that live documents use, so that words of removed ones are forgotten.
template <typename Numbers>
std::vector<bool> used_numbers(const SegmentView& view, std::size_t count, Numbers&& numbers_of) {
  std::vector<bool> used(count, !view.tombstones);
  if (!view.tombstones) return used;
  for (std::uint32_t d = 0; d < view.segment->size(); ++d) {
    if (!is_live(view, d)) continue;
    for (const auto number : numbers_of(d)) used[number & ~overlay_bit] = true;
  }
  return used;
}

struct SortedInput {
  const StringTable* table;
  std::vector<bool> used;
};

// Merges sorted tables: take(text, input, number) for each used string in ascending order, equal
// ones one after the other.
template <typename Take>
void merge_tables(std::span<const SortedInput> inputs, Take&& take) {
  struct Head {
    std::string_view text;
    std::uint32_t input, number;
    bool operator<(const Head& other) const {  // for a heap with the smallest on top
      return text != other.text ? text > other.text : input > other.input;
    }
  };
  std::priority_queue<Head> heads;
  const auto push = [&](std::uint32_t input, std::uint32_t number) {
    const auto& [table, used] = inputs[input];
    while (number < table->size() && !used[number]) ++number;
    if (number < table->size()) heads.push({(*table)[number], input, number});
  };
  for (std::uint32_t i = 0; i < inputs.size(); ++i) push(i, 0);
  while (!heads.empty()) {
    const Head head = heads.top();
    heads.pop();
    take(head.text, head.input, head.number);
    push(head.input, head.number + 1);
  }
}

TermDictionary merge_terms(std::span<const SegmentView> sources,
                           std::vector<ColumnSource>& columns) {
  std::vector<SortedInput> inputs;
  std::size_t most_terms = 0;
  std::size_t most_bytes = 0;
  for (const auto& view : sources) {
    const auto& segment = *view.segment;
    inputs.push_back({&segment.dictionary.terms(),
                      used_numbers(view, segment.dictionary.size(), [&](std::uint32_t d) {
                        return segment.columns.all_tokens(d);
                      })});
    most_terms += segment.dictionary.size();
    most_bytes += segment.dictionary.terms().byte_count();
  }
  StringTable terms;
  terms.reserve(most_terms, most_bytes);
  std::vector<StemForm> stems;
  stems.reserve(most_terms);
  merge_tables(inputs, [&](std::string_view text, std::uint32_t input, std::uint32_t number) {
    if (terms.size() == 0 || terms[terms.size() - 1] != text) {
      terms.push_back(text);
      stems.push_back(sources[input].segment->dictionary.stem_of(number));
    }
    columns[input].terms[number] = static_cast<std::uint32_t>(terms.size() - 1);
  });
  return {std::move(terms), std::move(stems)};
}

std::pair<StringTable, StringList> merge_keywords(std::span<const SegmentView> sources,
                                                  std::size_t field,
                                                  std::vector<ColumnSource>& columns) {
  std::vector<SortedInput> inputs;
  for (const auto& view : sources) {
    const auto& values = view.segment->keywords[field].values();
    inputs.push_back({&values, used_numbers(view, values.size(), [&](std::uint32_t d) {
                        return view.segment->columns.keywords[field].of(d);
                      })});
  }
  StringTable values;
  std::vector<std::string_view> displays;
  merge_tables(inputs, [&](std::string_view text, std::uint32_t input, std::uint32_t number) {
    const auto display = sources[input].segment->keywords[field].display(number);
    if (values.size() == 0 || values[values.size() - 1] != text) {
      values.push_back(text);
      displays.push_back(display);
    }
    displays.back() = std::min(displays.back(), display);
    columns[input].keywords[field][number] = static_cast<std::uint32_t>(values.size() - 1);
  });
  StringList list;
  for (const auto display : displays) list.push_back(display);
  return {std::move(values), std::move(list)};
}

// Segments of about one size: of the same power of four.
int tier(std::size_t live) { return static_cast<int>(std::bit_width(live | 1) - 1) / 2; }

constexpr std::size_t segments_per_tier = 4;

// The members of the lowest tier that is full, with all smaller ones: those would be next anyway.
std::vector<std::size_t> fullest_tier(std::span<const SegmentSize> sizes, std::size_t least,
                                      std::size_t most) {
  for (int t = 0; t < 32; ++t) {
    std::vector<std::size_t> members;
    std::size_t in_tier = 0;
    std::size_t documents = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i].live < least || tier(sizes[i].live) > t) continue;
      members.push_back(i);
      in_tier += tier(sizes[i].live) == t;
      documents += sizes[i].live;
    }
    if (documents > most) return {};
    if (in_tier >= segments_per_tier) return members;
  }
  return {};
}

}  // namespace

std::shared_ptr<const Segment> merge_segments(std::shared_ptr<const Schema> schema,
                                              std::span<const SegmentView> sources) {
  const auto order = order_by_key(sources);
  if (order.empty()) return nullptr;
  std::vector<ColumnSource> columns;
  for (const auto& view : sources) {
    const auto& segment = *view.segment;
    columns.push_back({&segment.columns, std::vector(segment.dictionary.size(), unused), {}});
    for (const auto& keyword : segment.keywords) {
      columns.back().keywords.emplace_back(keyword.size(), unused);
    }
  }
  auto terms = merge_terms(sources, columns);
  std::vector<std::pair<StringTable, StringList>> keyword_values;
  for (std::size_t f = 0; f < schema->keywords.size(); ++f) {
    keyword_values.push_back(merge_keywords(sources, f, columns));
  }
  auto gathered = gather(*schema, columns, order);
  return std::make_shared<const Segment>(std::move(schema), std::move(terms),
                                         std::move(keyword_values), std::move(gathered));
}

std::vector<std::size_t> choose_small_merge(std::span<const SegmentSize> sizes) {
  return fullest_tier(sizes, 0, inline_merge_documents);
}

std::vector<std::size_t> choose_large_merge(std::span<const SegmentSize> sizes) {
  auto chosen = fullest_tier(sizes, inline_merge_documents / 4, static_cast<std::size_t>(-1));
  if (!chosen.empty()) return chosen;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i].live >= inline_merge_documents / 4 && sizes[i].dead > sizes[i].live / 2)
      return {i};
  }
  return {};
}

}  // namespace sovereign::search
