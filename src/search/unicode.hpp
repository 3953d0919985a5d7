// UTF-8 and the folding of letters: lower case for Latin, Greek and Cyrillic, and no accents, so
// that a search finds a word however it was typed. No locale is consulted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sovereign::search {

/// What next_code_point answers for a byte that is not part of UTF-8; not a code point.
inline constexpr char32_t broken_utf8 = 0xFFFF'FFFF;

/// What a character means for cutting text into words.
enum class CharacterClass : std::uint8_t {
  separator,
  letter,  ///< Lower case, or of a script without cases.
  upper,   ///< An ASCII capital: where camelCase is cut.
  digit,
  ideograph,  ///< Chinese, Japanese, Korean: words are not told apart by spaces.
  ignored,    ///< A combining accent.
};

/// Reads the code point at `at` (< text.size()) and moves behind it; a broken byte is stepped over.
char32_t next_code_point(std::string_view text, std::size_t& at);
void append_utf8(std::string& out, char32_t c);
/// Simple lower case of Latin, Greek and Cyrillic letters; anything else is returned as it is.
char32_t lower(char32_t c);
/// Appends the folded form of a letter or digit (one to four bytes) and says what it was; appends
/// nothing for separators and ignored characters.
CharacterClass append_folded(std::string& out, char32_t c);

/// Lower case with accents kept: how keyword values are compared.
std::string fold_case(std::string_view text);
/// Lower case without accents, separators kept: how names are sorted.
std::string fold_name(std::string_view text);

}  // namespace sovereign::search
