// For each word of a segment, the documents that have it and how much it counts in each (its
// impact, one byte). Words of many documents are also kept as a bitmap with an impact a document.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "search/bitmap.hpp"
#include "search/schema.hpp"

namespace sovereign::search {

struct DocumentColumns;

/// Impacts are this times BM25F's saturated term frequency, which is below 1.
inline constexpr float impact_scale = 255;

struct PostingList {
  std::span<const std::uint32_t> documents;  ///< Ascending.
  std::span<const std::uint8_t> impacts;     ///< Parallel.
};

/// A word that over a sixteenth of the documents have.
struct DensePostings {
  std::uint32_t term = 0;
  Bitmap documents;
  std::vector<std::uint8_t> impacts;       ///< By document; 0 where the word is absent.
  std::vector<std::uint8_t> block_maxima;  ///< Of each 64 documents.
};

class Postings {
 public:
  Postings() = default;
  /// Inverts the token streams. `term_count` is the size of the dictionary they number.
  Postings(const Schema& schema, const DocumentColumns& columns, std::size_t term_count);

  /// How many documents have the word, removed ones included.
  std::uint32_t count(std::uint32_t term) const { return counts_[term]; }
  /// Null for words that are kept as a list.
  const DensePostings* dense(std::uint32_t term) const;
  /// Empty for dense words.
  PostingList list(std::uint32_t term) const;
  /// Adds the word's documents to `set`.
  void unite_into(std::uint32_t term, Bitmap& set) const;
  std::size_t memory_bytes() const;

 private:
  std::vector<std::uint32_t> counts_;  ///< By term.
  std::vector<std::uint32_t> begins_;  ///< Into the next two, one more than terms.
  std::vector<std::uint32_t> documents_;
  std::vector<std::uint8_t> impacts_;
  std::vector<DensePostings> dense_;  ///< By term.
};

}  // namespace sovereign::search
