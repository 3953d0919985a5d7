// Words one typing error apart: a letter more, less or other, or two neighbours swapped
// (Damerau-Levenshtein distance 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "search/string_table.hpp"

namespace sovereign::search {

/// Whether the two differ by exactly one error, counted in characters. Valid UTF-8.
bool one_typo_apart(std::string_view a, std::string_view b);

/// Scans the words of about the right length by a signature of their letters: one error changes at
/// most two bits of it, so few words need to be compared. Half a nanosecond a word. For small
/// tables it keeps nothing and compares every word.
class TypoFinder {
 public:
  TypoFinder() = default;
  explicit TypoFinder(const StringTable& words);

  /// `words` is the table it was made of. Ascending.
  std::vector<std::uint32_t> find(const StringTable& words, std::string_view word) const;
  std::size_t memory_bytes() const;

 private:
  std::vector<std::uint32_t> length_begins_;  ///< By length in characters, into the next two.
  std::vector<std::uint32_t> words_;
  std::vector<std::uint32_t> signatures_;  ///< Parallel to words_.
};

}  // namespace sovereign::search
