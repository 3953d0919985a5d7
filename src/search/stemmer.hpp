// English Snowball stems, stored compactly, with a memory: the algorithm costs half a microsecond a
// word, and words repeat.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "search/string_table.hpp"

struct sb_stemmer;

namespace sovereign::search {

/// How a stem is made from its word: the word's first letters and at most three others.
/// happiness and happy both give happ + i.
struct StemForm {
  std::uint8_t kept = 0;
  std::array<char, 3> tail{};  ///< Padded with NUL.

  std::string_view tail_text() const {
    return {tail.data(), tail[0] == 0 ? 0U : tail[1] == 0 ? 1U : tail[2] == 0 ? 2U : 3U};
  }
  /// Whether `word`, whose form this is, has that stem.
  bool gives(std::string_view stem, std::string_view word) const {
    const auto end = tail_text();
    return stem.size() == kept + end.size() && stem.starts_with(word.substr(0, kept)) &&
           stem.ends_with(end);
  }
};

/// One thread at a time. Forgets everything when it has grown to a bound, so that strangers' words
/// cannot fill memory.
class StemCache {
 public:
  StemCache();
  ~StemCache();
  StemCache(const StemCache&) = delete;
  StemCache& operator=(const StemCache&) = delete;

  /// Of a folded word of at most limits::term_bytes; words with anything but ASCII letters are
  /// their own stem.
  StemForm form(std::string_view word);
  std::string stem(std::string_view word);

 private:
  StemForm compute(std::string_view word) const;

  sb_stemmer* stemmer_;
  Interner words_;
  std::vector<StemForm> forms_;  ///< By number of the word.
};

}  // namespace sovereign::search
