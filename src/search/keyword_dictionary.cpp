#include "search/keyword_dictionary.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace sovereign::search {
namespace {

// From this share on a bitmap is no larger than a list.
constexpr std::size_t bitmap_share = 32;
constexpr std::size_t smallest_bitmap_segment = 1024;
constexpr std::uint32_t none = 0xFFFF'FFFF;

}  // namespace

KeywordDictionary::KeywordDictionary(StringTable values, StringList displays,
                                     const KeywordColumn& column)
    : values_(std::move(values)),
      displays_(std::move(displays)),
      counts_(values_.size(), 0),
      begins_(values_.size() + 1, 0),
      bitmap_of_(values_.size(), none) {
  for (const auto ordinal : column.ordinals) ++counts_[ordinal];
  by_count_.resize(counts_.size());
  std::iota(by_count_.begin(), by_count_.end(), 0);
  std::ranges::sort(by_count_, [&](auto a, auto b) {
    return counts_[a] != counts_[b] ? counts_[a] > counts_[b] : a < b;
  });
  const std::size_t documents = column.begins.size() - 1;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const bool as_bitmap =
        documents >= smallest_bitmap_segment && counts_[i] > documents / bitmap_share;
    begins_[i + 1] = begins_[i] + (as_bitmap ? 0 : counts_[i]);
    if (!as_bitmap) continue;
    bitmap_of_[i] = static_cast<std::uint32_t>(bitmaps_.size());
    bitmaps_.emplace_back(documents);
  }
  documents_.resize(begins_.back());
  auto cursors = begins_;
  for (std::uint32_t document = 0; document < documents; ++document) {
    for (const auto ordinal : column.of(document)) {
      if (bitmap_of_[ordinal] != none) {
        bitmaps_[bitmap_of_[ordinal]].set(document);
      } else {
        documents_[cursors[ordinal]++] = document;
      }
    }
  }
}

void KeywordDictionary::unite_into(std::uint32_t ordinal, Bitmap& set) const {
  if (bitmap_of_[ordinal] != none) return set.unite(bitmaps_[bitmap_of_[ordinal]]);
  for (auto i = begins_[ordinal]; i < begins_[ordinal + 1]; ++i) set.set(documents_[i]);
}

std::uint32_t KeywordDictionary::count_in(std::uint32_t ordinal, const Bitmap& set) const {
  std::uint32_t count = 0;
  if (bitmap_of_[ordinal] != none) {
    const Bitmap& bitmap = bitmaps_[bitmap_of_[ordinal]];
    for (std::size_t w = 0; w < set.word_count(); ++w) {
      count += static_cast<std::uint32_t>(std::popcount(set.word(w) & bitmap.word(w)));
    }
    return count;
  }
  for (auto i = begins_[ordinal]; i < begins_[ordinal + 1]; ++i) count += set.test(documents_[i]);
  return count;
}

std::size_t KeywordDictionary::memory_bytes() const {
  std::size_t total = values_.memory_bytes() + displays_.memory_bytes() +
                      4 * (counts_.capacity() + by_count_.capacity() + begins_.capacity() +
                           documents_.capacity() + bitmap_of_.capacity());
  for (const auto& bitmap : bitmaps_) total += bitmap.word_count() * 8;
  return total;
}

}  // namespace sovereign::search
