// Longer words that end in a given one: weather finds openweather.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "search/string_table.hpp"

namespace sovereign::search {

/// Shorter words end too many others by chance, and fewer letters before them are seldom a word.
inline constexpr std::size_t shortest_suffix = 5;
inline constexpr std::size_t fewest_before_suffix = 3;

/// For small tables it keeps nothing and looks at every word.
class SuffixFinder {
 public:
  SuffixFinder() = default;
  explicit SuffixFinder(const StringTable& words);

  /// Numbers of the words that end in `suffix` and are longer by enough, ascending. `words` is the
  /// table it was made of.
  std::vector<std::uint32_t> find(const StringTable& words, std::string_view suffix) const;
  std::size_t memory_bytes() const;

 private:
  std::vector<std::uint64_t>
      endings_;                       ///< Last eight bytes, the last one most significant; sorted.
  std::vector<std::uint32_t> words_;  ///< Parallel.
};

}  // namespace sovereign::search
