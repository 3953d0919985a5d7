// The words of a segment and the ways to find one: as written, by stem, by prefix, by a typing error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "search/string_table.hpp"
#include "search/suffix_finder.hpp"
#include "search/typo.hpp"

namespace sovereign::search {

class TermDictionary {
 public:
  TermDictionary() = default;
  /// `stems` are those of the terms, parallel.
  TermDictionary(StringTable terms, std::span<const std::string_view> stems);

  std::size_t size() const { return terms_.size(); }
  std::string_view operator[](std::uint32_t term) const { return terms_[term]; }
  const StringTable& terms() const { return terms_; }
  std::string_view stem_of(std::uint32_t term) const { return stems_[stem_of_[term]]; }

  std::optional<std::uint32_t> find(std::string_view word) const { return terms_.find(word); }
  /// All words with this stem, ascending.
  std::span<const std::uint32_t> with_stem(std::string_view stem) const;
  /// Term numbers [first, second).
  std::pair<std::uint32_t, std::uint32_t> with_prefix(std::string_view prefix) const {
    return terms_.with_prefix(prefix);
  }
  /// Words one typing error away (never the word itself), ascending.
  std::vector<std::uint32_t> misspelt(std::string_view word) const;
  /// Longer words that end in it, ascending.
  std::vector<std::uint32_t> with_suffix(std::string_view suffix) const {
    return suffixes_.find(terms_, suffix);
  }
  std::size_t memory_bytes() const;

 private:
  StringTable terms_;
  StringTable stems_;
  std::vector<std::uint32_t> stem_of_;      ///< By term.
  std::vector<std::uint32_t> stem_begins_;  ///< Into the next, one more than stems.
  std::vector<std::uint32_t> stem_terms_;
  TypoFinder typos_;
  SuffixFinder suffixes_;
};

}  // namespace sovereign::search
