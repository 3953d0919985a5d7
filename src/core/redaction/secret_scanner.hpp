// Finds what looks like a secret in a text, in one pass that goes over each byte a few times at
// most, whatever the text is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/redaction/redactor.hpp"

namespace sovereign::core {

class SecretScanner {
 public:
  /// Both must outlive it.
  SecretScanner(std::string_view text, RedactionStats& stats) : text_(text), stats_(stats) {}

  /// The text with what Redactor::text() promises replaced, but for known secrets. Call once.
  std::string run();

 private:
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t size() const { return end - begin; }
  };

  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  std::string_view part(Range range) const { return text_.substr(range.begin, range.size()); }

  /// The bytes from `begin` that `accepts` takes, counted.
  template <typename Predicate>
  Range span(std::size_t begin, Predicate accepts);
  std::size_t skip_spaces(std::size_t begin) const;
  /// How many bytes at `begin` are a quotation mark, with the backslashes of nested quoting.
  std::size_t quote_at(std::size_t begin) const;

  void scan_word();
  /// The private key that begins at the end of `word`, to its own end or the text's.
  std::optional<Range> private_key(Range word);
  bool scan_credentials(Range word);
  bool scan_named_value(Range word);
  void scan_tokens(Range word);
  void scan_segment(Range segment, Range word);
  void scan_user_info();

  /// The end of a JWT whose header ends with `segment`, or 0.
  std::size_t jwt_end(Range segment, Range word);
  /// Where the value after a name's separator lies, without its quotes; empty when it is none.
  Range quoted_value(std::size_t begin, std::size_t quote);
  Range line_from(std::size_t begin);

  void redact(Range range);

  std::string_view text_;
  RedactionStats& stats_;
  std::string out_;
  std::size_t at_ = 0;      ///< What lies before is decided.
  std::size_t copied_ = 0;  ///< What lies before is in out_.
};

}  // namespace sovereign::core
