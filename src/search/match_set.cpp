#include "search/match_set.hpp"

#include <array>
#include <vector>

#include "search/filter.hpp"
#include "search/segment.hpp"

namespace sovereign::search {
namespace {

Bitmap documents_with(const PlannedWord& word, const Segment& segment, std::size_t number) {
  Bitmap set(segment.size());
  for (const Variant& variant : word.variants[number]) {
    segment.postings.unite_into(variant.term, set);
  }
  return set;
}

struct SharedSet {
  Bitmap documents;
  std::uint32_t share;
};

// Sums the shares of 64 documents at a time: bit i of slices[k] is bit k of document i's sum. The
// sums start at 32 - needed, so bit 5 tells whether the threshold was reached.
constexpr std::size_t slices_count = 6;
static_assert(share_resolution < 1u << (slices_count - 1));

std::uint64_t reaching(const std::vector<SharedSet>& sets, std::size_t word, std::uint32_t start) {
  std::array<std::uint64_t, slices_count> slices{};
  for (std::size_t k = 0; k < slices_count; ++k) slices[k] = 0 - std::uint64_t{start >> k & 1};
  for (const auto& set : sets) {
    const std::uint64_t members = set.documents.word(word);
    if (members == 0) continue;
    for (std::size_t bit = 0; bit + 1 < slices_count; ++bit) {
      if ((set.share >> bit & 1) == 0) continue;
      std::uint64_t carry = members;
      for (std::size_t k = bit; k < slices_count; ++k) {
        const std::uint64_t overflow = slices[k] & carry;
        slices[k] ^= carry;
        carry = overflow;
      }
    }
  }
  return slices.back();
}

Bitmap enough_words(const QueryPlan& plan, const Segment& segment, std::size_t number) {
  std::vector<SharedSet> sets;
  std::uint32_t reachable = 0;
  for (const auto& word : plan.words) {
    if (word.variants[number].empty()) continue;
    sets.push_back({documents_with(word, segment, number), word.share});
    reachable += word.share;
  }
  if (reachable < plan.needed) return Bitmap(segment.size());
  if (sets.size() == 1) return std::move(sets.front().documents);
  Bitmap matches(segment.size());
  const std::uint32_t start = share_resolution + 1 - plan.needed;
  for (std::size_t w = 0; w < matches.word_count(); ++w)
    matches.data()[w] = reaching(sets, w, start);
  return matches;
}

}  // namespace

Bitmap match_set(const MatchRequest& request, const SegmentView& view, std::size_t segment_number) {
  const Segment& segment = *view.segment;
  Bitmap matches;
  if (!request.has_text) {
    matches = evaluate(request.filter, segment);
  } else {
    matches = request.plan.words.empty() ? Bitmap(segment.size())
                                         : enough_words(request.plan, segment, segment_number);
    narrow(request.filter, segment, matches);
  }
  if (view.tombstones) matches.subtract(view.tombstones->documents);
  return matches;
}

}  // namespace sovereign::search
