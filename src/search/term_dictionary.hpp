// The words of a segment and the ways to find one: as written, by stem, by prefix, by its end, by a
// typing error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "search/stemmer.hpp"
#include "search/string_table.hpp"
#include "search/suffix_finder.hpp"
#include "search/typo.hpp"

namespace sovereign::search {

class TermDictionary {
 public:
  TermDictionary() = default;
  /// `stems` are those of the terms, parallel.
  TermDictionary(StringTable terms, std::vector<StemForm> stems);

  std::size_t size() const { return terms_.size(); }
  std::string_view operator[](std::uint32_t term) const { return terms_[term]; }
  const StringTable& terms() const { return terms_; }
  StemForm stem_of(std::uint32_t term) const { return stems_[term]; }

  std::optional<std::uint32_t> find(std::string_view word) const { return terms_.find(word); }
  /// The words with this stem, ascending. Those count that begin with all but the last letter of
  /// it, which leaves out the likes of dying for die.
  std::vector<std::uint32_t> with_stem(std::string_view stem) const;
  /// Term numbers [first, second).
  std::pair<std::uint32_t, std::uint32_t> with_prefix(std::string_view prefix) const {
    return terms_.with_prefix(prefix);
  }
  /// Words one typing error away (never the word itself), ascending.
  std::vector<std::uint32_t> misspelt(std::string_view word) const {
    return typos_.find(terms_, word);
  }
  /// Longer words that end in it, ascending.
  std::vector<std::uint32_t> with_suffix(std::string_view suffix) const {
    return suffixes_.find(terms_, suffix);
  }
  std::size_t memory_bytes() const;

 private:
  StringTable terms_;
  std::vector<StemForm> stems_;  ///< By term.
  TypoFinder typos_;
  SuffixFinder suffixes_;
};

}  // namespace sovereign::search
