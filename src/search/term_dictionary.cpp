#include "search/term_dictionary.hpp"

#include <algorithm>

namespace sovereign::search {

TermDictionary::TermDictionary(StringTable terms, std::span<const std::string_view> stems)
    : terms_(std::move(terms)), stem_of_(terms_.size()) {
  Interner interner;
  for (std::size_t term = 0; term < stems.size(); ++term) {
    stem_of_[term] = interner.intern(stems[term]);
  }
  const auto order = sorted_order(interner.strings());
  std::vector<std::uint32_t> ranks(order.size());
  stems_.reserve(order.size(), interner.strings().byte_count());
  for (std::uint32_t rank = 0; rank < order.size(); ++rank) {
    ranks[order[rank]] = rank;
    stems_.push_back(interner.strings()[order[rank]]);
  }
  stem_begins_.assign(order.size() + 1, 0);
  for (auto& stem : stem_of_) {
    stem = ranks[stem];
    ++stem_begins_[stem + 1];
  }
  for (std::size_t i = 1; i < stem_begins_.size(); ++i) stem_begins_[i] += stem_begins_[i - 1];
  stem_terms_.resize(stem_of_.size());
  auto cursors = stem_begins_;
  for (std::uint32_t term = 0; term < stem_of_.size(); ++term) {
    stem_terms_[cursors[stem_of_[term]]++] = term;
  }
  typos_ = TypoFinder(terms_);
  suffixes_ = SuffixFinder(terms_);
}

std::span<const std::uint32_t> TermDictionary::with_stem(std::string_view stem) const {
  const auto at = stems_.find(stem);
  if (!at) return {};
  return std::span(stem_terms_)
      .subspan(stem_begins_[*at], stem_begins_[*at + 1] - stem_begins_[*at]);
}

std::vector<std::uint32_t> TermDictionary::misspelt(std::string_view word) const {
  return typos_.find(terms_, word);
}

std::size_t TermDictionary::memory_bytes() const {
  return terms_.memory_bytes() + stems_.memory_bytes() + typos_.memory_bytes() +
         suffixes_.memory_bytes() +
         4 * (stem_of_.capacity() + stem_begins_.capacity() + stem_terms_.capacity());
}

}  // namespace sovereign::search
