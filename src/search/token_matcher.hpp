// Finds the words of a query in the token stream of a document: what ranks the best matches again,
// and what explains a hit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "search/query_plan.hpp"
#include "search/segment.hpp"

namespace sovereign::search {

struct WordForm {
  std::uint32_t term = 0;
  std::uint32_t word = 0;  ///< Index into QueryPlan::words.
  float factor = 1;
  MatchKind kind = MatchKind::exact;
};

/// The dictionary words of one segment that stand for words of the query.
class TokenMatcher {
 public:
  TokenMatcher(const QueryPlan& plan, std::size_t segment_number);

  /// The words of the query that the token (overlay bit or not) stands for; mostly none.
  std::span<const WordForm> operator()(std::uint32_t token) const {
    const auto term = token & ~overlay_bit;
    if ((maybe_[term / 64 % maybe_.size()] >> (term % 64) & 1) == 0) return {};
    return look_up(term);
  }

 private:
  std::span<const WordForm> look_up(std::uint32_t term) const;

  std::vector<WordForm> forms_;            ///< By term.
  std::array<std::uint64_t, 16> maybe_{};  ///< Bits of the terms modulo 1024, to say no quickly.
};

/// Which fields of a document hold which words, and how: one Match a field and word, the best.
std::vector<Match> explain(const QueryPlan& plan, const TokenMatcher& matcher,
                           const Segment& segment, std::uint32_t document);

}  // namespace sovereign::search
