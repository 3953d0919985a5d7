#include "search/typo.hpp"

#include <algorithm>
#include <bit>
#include <string>

#include "search/limits.hpp"
#include "search/unicode.hpp"

namespace sovereign::search {
namespace {

// Shorter words are one error away from too many others.
constexpr std::size_t shortest_candidate = 4;
constexpr std::size_t smallest_indexed_table = 256;

struct Shape {
  std::size_t length = 0;  ///< In characters.
  std::uint32_t signature = 0;
};

Shape shape_of(std::string_view word) {
  Shape shape;
  for (std::size_t at = 0; at < word.size(); ++shape.length) {
    shape.signature |= 1u << (next_code_point(word, at) & 31u);
  }
  return shape;
}

std::u32string characters(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) out.push_back(next_code_point(text, at));
  return out;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

template <typename View>
bool differ_by_one_error(View a, View b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  a.remove_prefix(at);
  b.remove_prefix(at);
  if (a.size() < b.size()) return a == b.substr(1);
  if (a.empty()) return false;
  if (a.substr(1) == b.substr(1)) return true;
  return a.size() >= 2 && a[0] == b[1] && a[1] == b[0] && a.substr(2) == b.substr(2);
}

}  // namespace

bool one_typo_apart(std::string_view a, std::string_view b) {
  if (is_ascii(a) && is_ascii(b)) return differ_by_one_error(a, b);
  const auto x = characters(a);
  const auto y = characters(b);
  return differ_by_one_error(std::u32string_view(x), std::u32string_view(y));
}

namespace {

std::vector<std::uint32_t> compare_all(const StringTable& words, std::string_view word) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < words.size(); ++i) {
    const auto size = words[i].size();
    // Bytes first: a character is at most four.
    if (size < shortest_candidate || size + 4 < word.size() || word.size() + 4 < size) continue;
    if (shape_of(words[i]).length < shortest_candidate) continue;
    if (one_typo_apart(words[i], word)) found.push_back(i);
  }
  return found;
}

}  // namespace

TypoFinder::TypoFinder(const StringTable& words) {
  if (words.size() < smallest_indexed_table) return;
  length_begins_.assign(limits::term_bytes + 2, 0);
  words_.resize(words.size());
  signatures_.resize(words.size());
  std::vector<Shape> shapes(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    shapes[i] = shape_of(words[i]);
    ++length_begins_[shapes[i].length + 1];
  }
  for (std::size_t i = 1; i < length_begins_.size(); ++i)
    length_begins_[i] += length_begins_[i - 1];
  auto cursors = length_begins_;
  for (std::uint32_t i = 0; i < shapes.size(); ++i) {
    const auto at = cursors[shapes[i].length]++;
    words_[at] = i;
    signatures_[at] = shapes[i].signature;
  }
}

std::vector<std::uint32_t> TypoFinder::find(const StringTable& words, std::string_view word) const {
  std::vector<std::uint32_t> found;
  if (length_begins_.empty()) return compare_all(words, word);
  const auto [length, signature] = shape_of(word);
  const auto shortest = std::max(shortest_candidate, length == 0 ? 0 : length - 1);
  const auto longest = std::min(limits::term_bytes, length + 1);
  if (shortest > longest) return found;
  for (auto i = length_begins_[shortest]; i < length_begins_[longest + 1]; ++i) {
    if (std::popcount(signatures_[i] ^ signature) > 2) continue;
    if (one_typo_apart(words[words_[i]], word)) found.push_back(words_[i]);
  }
  std::ranges::sort(found);
  return found;
}

std::size_t TypoFinder::memory_bytes() const {
  return 4 * (length_begins_.capacity() + words_.capacity() + signatures_.capacity());
}

}  // namespace sovereign::search
