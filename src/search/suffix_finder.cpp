#include "search/suffix_finder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sovereign::search {
namespace {

constexpr std::size_t smallest_indexed_table = 256;

bool is_longer_by_enough(std::string_view word, std::string_view suffix) {
  return word.size() >= suffix.size() + fewest_before_suffix && word.ends_with(suffix);
}

// Little-endian, so the last byte of the word becomes the most significant.
std::uint64_t ending_of(std::string_view word) {
  std::uint64_t value = 0;
  const auto count = std::min<std::size_t>(word.size(), 8);
  std::memcpy(reinterpret_cast<char*>(&value) + 8 - count, word.data() + word.size() - count,
              count);
  return value;
}

}  // namespace

SuffixFinder::SuffixFinder(const StringTable& words) {
  if (words.size() < smallest_indexed_table) return;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> entries;
  for (std::uint32_t i = 0; i < words.size(); ++i) {
    if (words[i].size() < shortest_suffix + fewest_before_suffix) continue;
    entries.emplace_back(ending_of(words[i]), i);
  }
  std::ranges::sort(entries);
  endings_.reserve(entries.size());
  words_.reserve(entries.size());
  for (const auto& [ending, word] : entries) {
    endings_.push_back(ending);
    words_.push_back(word);
  }
}

std::vector<std::uint32_t> SuffixFinder::find(const StringTable& words,
                                              std::string_view suffix) const {
  std::vector<std::uint32_t> found;
  if (suffix.size() < shortest_suffix) return found;
  if (words.size() < smallest_indexed_table) {
    for (std::uint32_t i = 0; i < words.size(); ++i) {
      if (is_longer_by_enough(words[i], suffix)) found.push_back(i);
    }
    return found;
  }
  const auto low = ending_of(suffix);
  const auto free_bits = suffix.size() < 8 ? 8 * (8 - suffix.size()) : 0;
  const auto high = low | ((std::uint64_t{1} << free_bits) - 1);
  auto at = std::ranges::lower_bound(endings_, low) - endings_.begin();
  for (; at < std::ssize(endings_) && endings_[static_cast<std::size_t>(at)] <= high; ++at) {
    const auto word = words_[static_cast<std::size_t>(at)];
    if (is_longer_by_enough(words[word], suffix)) found.push_back(word);
  }
  std::ranges::sort(found);
  return found;
}

std::size_t SuffixFinder::memory_bytes() const {
  return endings_.capacity() * sizeof(std::uint64_t) + words_.capacity() * sizeof(std::uint32_t);
}

}  // namespace sovereign::search
