// Redaction of a log that comes line by line, in which a private key spans many lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/redaction/redactor.hpp"

namespace sovereign::core {

/// One for each stream (stdout and stderr of a run are two). Not thread-safe.
class LineRedactor {
 public:
  /// A block that does not end hides this many lines at most, so that one marker cannot hide a log.
  static constexpr std::size_t kMaxKeyLines = 256;

  /// `redactor` must outlive it.
  explicit LineRedactor(const Redactor& redactor) : redactor_(redactor) {}

  /// What may be stored of `line` (without its line break): one line for each line. All lines from
  /// the one that begins a private key to the one that ends it are kRedacted.
  std::string line(std::string_view line);

 private:
  const Redactor& redactor_;
  std::size_t key_lines_left_ = 0;  ///< Over 0 within a private key.
};

}  // namespace sovereign::core
