// The numbers of the ranking, in one place; docs/search.md has the formula.
#pragma once

namespace sovereign::search {

/// BM25's k1: at this (weighted) frequency a word has half of its greatest effect.
inline constexpr float saturation = 2.0F;
/// A word that every document has still orders them a little.
inline constexpr float least_information = 0.1F;
/// A document matches when it has this share of the query's information.
inline constexpr float matching_share = 0.3F;
/// How much a word counts that was found otherwise than as written.
inline constexpr float stem_factor = 0.85F;
inline constexpr float joined_factor = 0.9F;
inline constexpr float prefix_factor = 0.6F;
inline constexpr float part_factor = 0.5F;
inline constexpr float typo_factor = 0.6F;
/// Further forms of a word that the document has in another form already.
inline constexpr float further_form_factor = 0.25F;
/// Words of the query side by side, and a name that is what was asked for, as shares of their
/// information.
inline constexpr float adjacency_bonus = 0.3F;
inline constexpr float name_bonus = 0.5F;
inline constexpr float phrase_bonus = 0.15F;

}  // namespace sovereign::search
