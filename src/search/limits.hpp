// Everything a stranger can grow, with its bound and the reason for it.
#pragma once

#include <cstddef>

namespace sovereign::search::limits {

/// Longer query texts are refused: nobody types more, and each word costs dictionary look-ups.
inline constexpr std::size_t query_text_bytes = 512;
/// Words of a query beyond this many (after stop words) are ignored; match sets are 32-bit masks.
inline constexpr std::size_t query_words = 16;
/// Nested filters; the evaluation recurses.
inline constexpr std::size_t filter_depth = 8;
/// Nodes of one filter; each may cost a pass over a bitmap.
inline constexpr std::size_t filter_nodes = 256;
/// Hits of one page.
inline constexpr std::size_t page_hits = 1000;
/// Facet fields of one query, and values listed for each: enough for a directory of them all.
inline constexpr std::size_t facets = 16;
inline constexpr std::size_t facet_values = 100'000;
/// An indexed word is cut to this many bytes (at a character border).
inline constexpr std::size_t term_bytes = 64;
/// Tokens indexed of one document, over all its text fields; the rest is not searchable.
inline constexpr std::size_t document_tokens = 4096;
/// Keyword values indexed of one document and field.
inline constexpr std::size_t document_keywords = 1024;
/// The best matches that are ranked again with word distances and name coverage.
inline constexpr std::size_t rerank_window = 64;

}  // namespace sovereign::search::limits
