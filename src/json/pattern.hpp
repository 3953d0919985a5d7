// Regular expressions of JSON Schema (ECMA-262, Unicode mode) run by RE2: in time linear in the
// text, whatever the pattern. What RE2 cannot do is refused when the pattern is compiled.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace re2 {
class RE2;
}

namespace sovereign::json {

/// `pattern` in RE2's syntax, with ECMA-262's meaning. Errors: `unprocessable` for look-around,
/// back-references, and escapes that ECMA-262 does not know.
Result<std::string> translate_pattern(std::string_view pattern);

/// A compiled pattern; matches anywhere in a text, as `pattern` of JSON Schema does.
class Pattern {
 public:
  /// Errors: `unprocessable` when it cannot be translated, does not parse, or is too large.
  static Result<Pattern> compile(std::string_view pattern);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// `text` is UTF-8.
  bool matches(std::string_view text) const;
  /// The most states one byte of text can visit; the cost of a match is at most this times the
  /// text's length.
  std::size_t size() const;

 private:
  explicit Pattern(std::unique_ptr<re2::RE2> engine);

  std::unique_ptr<re2::RE2> engine_;
};

}  // namespace sovereign::json
