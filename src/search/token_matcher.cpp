#include "search/token_matcher.hpp"

#include <algorithm>

#include "search/limits.hpp"

namespace sovereign::search {

TokenMatcher::TokenMatcher(const QueryPlan& plan, std::size_t segment_number) {
  for (std::uint32_t w = 0; w < plan.words.size(); ++w) {
    for (const Variant& variant : plan.words[w].variants[segment_number]) {
      forms_.push_back({variant.term, w, variant.factor, variant.kind});
      maybe_[variant.term / 64 % maybe_.size()] |= std::uint64_t{1} << (variant.term % 64);
    }
  }
  std::ranges::sort(forms_, [](const WordForm& a, const WordForm& b) {
    return a.term != b.term ? a.term < b.term : a.word < b.word;
  });
}

std::span<const WordForm> TokenMatcher::look_up(std::uint32_t term) const {
  const auto found = std::ranges::equal_range(forms_, term, {}, &WordForm::term);
  return {found.begin(), found.end()};
}

std::vector<Match> explain(const QueryPlan& plan, const TokenMatcher& matcher,
                           const Segment& segment, std::uint32_t document) {
  std::vector<Match> matches;
  for (std::size_t f = 0; f < segment.columns.text_fields; ++f) {
    std::array<const WordForm*, 2 * limits::query_words> best{};
    for (const auto token : segment.columns.field(document, f)) {
      for (const WordForm& form : matcher(token)) {
        const WordForm*& known = best[form.word];
        if (known == nullptr || form.factor > known->factor) known = &form;
      }
    }
    for (const WordForm* form : best) {
      if (form == nullptr) continue;
      matches.push_back({.field = f,
                         .term = plan.words[form->word].written,
                         .indexed = std::string(segment.dictionary[form->term]),
                         .kind = form->kind});
    }
  }
  return matches;
}

}  // namespace sovereign::search
