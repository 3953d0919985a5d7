// Looks the words of a query up in every segment: which dictionary words stand for each, how much
// each word tells, and how much of that a document must have.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "search/query.hpp"
#include "search/snapshot.hpp"

namespace sovereign::search {

/// A dictionary word that stands for a word of the query.
struct Variant {
  std::uint32_t term = 0;
  float factor = 1;  ///< How much less it counts than the word as written.
  MatchKind kind = MatchKind::exact;
};

struct PlannedWord {
  std::string folded;
  std::string written;
  std::uint32_t position = 0;
  float information = 0;    ///< Inverse document frequency, in nats.
  std::uint32_t share = 0;  ///< Of the query's information, in units of which `needed` are wanted.
  std::vector<std::vector<Variant>> variants;  ///< By segment; each term once, best first.
};

struct QueryPlan {
  std::vector<PlannedWord> words;  ///< Those that some document may have.
  std::uint32_t needed = 0;        ///< A document matches with this sum of its words' shares.
};

/// At most this sum of shares.
inline constexpr std::uint32_t share_resolution = 31;

QueryPlan make_plan(std::string_view text, std::span<const SegmentView> segments);

}  // namespace sovereign::search
