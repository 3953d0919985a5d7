// An immutable set of documents with everything needed to search it. Documents are numbered in the
// order of their keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/uuid.hpp"
#include "search/bitmap.hpp"
#include "search/document_columns.hpp"
#include "search/keyword_dictionary.hpp"
#include "search/postings.hpp"
#include "search/rank_cache.hpp"
#include "search/sort_order.hpp"
#include "search/term_dictionary.hpp"

namespace sovereign::search {

struct Segment {
  Segment(std::shared_ptr<const Schema> its_schema, TermDictionary terms,
          std::vector<std::pair<StringTable, StringList>> keyword_values,
          DocumentColumns documents);

  std::size_t size() const { return columns.size(); }
  std::optional<std::uint32_t> find(const Uuid& key) const;
  std::size_t memory_bytes() const;

  std::shared_ptr<const Schema> schema;
  DocumentColumns columns;
  TermDictionary dictionary;
  Postings postings;
  std::vector<KeywordDictionary> keywords;  ///< By keyword field.
  std::vector<SortOrder> orders;            ///< By number field, then that of the names.
  RankCache ranks;
};

/// The documents removed from a segment.
struct Tombstones {
  Bitmap documents;
  std::uint32_t count = 0;
  /// By sort order and block of `order_block` places: how many of the places before are dead.
  std::vector<std::vector<std::uint32_t>> dead_before;

  static constexpr std::size_t order_block = 256;
};

/// Those of `view` and `removed` (live in `view`, each once). Copies: readers keep the old ones.
std::shared_ptr<const Tombstones> with_removed(const Segment& segment, const Tombstones* before,
                                               std::span<const std::uint32_t> removed);

}  // namespace sovereign::search
