// From the text a person typed to the words that are looked up.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sovereign::search {

struct QueryWord {
  std::string folded;
  std::string written;         ///< As in the text.
  std::uint32_t position = 0;  ///< Among all words of the text, dropped ones included.
  bool last = false;           ///< The text ends in it: it may be unfinished.
  /// What it falls apart into at camelCase and digits ("OpenWeather"); empty when it does not.
  std::vector<std::string> parts;
};

/// The distinct words, at most limits::query_words. Stop words are left out unless there are only
/// such.
std::vector<QueryWord> query_words(std::string_view text);

/// Words of English so common that they say nothing ("the", "for"). Folded.
bool is_stop_word(std::string_view word);

}  // namespace sovereign::search
