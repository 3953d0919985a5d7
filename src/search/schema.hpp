// What an index holds: the fields of its documents and how each counts, and the documents.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/uuid.hpp"

namespace sovereign::search {

/// How a text is cut into words. Identifiers (names, slugs, tags) are also cut at camelCase and at
/// borders of letters and digits, and found by the whole as well as by the parts.
enum class TextKind : std::uint8_t { prose, identifier };

/// A searched field; see docs/search.md for the formula these numbers go into.
struct TextField {
  std::string name;                   ///< For messages and explanations.
  float weight = 1;                   ///< How much one occurrence counts; above 0.
  float length_normalisation = 0.5f;  ///< BM25's b: 0 ignores the field's length, 1 divides by it.
  TextKind kind = TextKind::prose;
  /// The length, in words, that is neither rewarded nor punished. A constant instead of the
  /// corpus average keeps scores independent of how documents are spread over segments.
  float typical_length = 8;
};

struct Schema {
  std::vector<TextField> text;
  std::vector<std::string> keywords;  ///< Exact values: filters and facets, compared case-folded.
  std::vector<std::string> numbers;   ///< Ranges and sort orders; number 0 is "newest" (see Sort).
};

/// One document. `text`, `keywords` and `numbers` run parallel to the schema's fields; missing
/// trailing ones are empty or absent, surplus ones are ignored.
struct Document {
  Uuid key;
  std::vector<std::string> text;                   ///< UTF-8; broken bytes separate words.
  std::vector<std::vector<std::string>> keywords;  ///< Any number of values a field.
  std::vector<double> numbers;                     ///< NaN is absent, and sorts below all numbers.
  std::string sort_name;                           ///< What Sort::By::name compares, case-folded.
  std::shared_ptr<const void> payload;             ///< Handed back with hits; shared with readers.
};

struct Erase {
  Uuid key;
};

/// Insert or replace the document of that key, or remove it (no effect when it is not there).
using Change = std::variant<Document, Erase>;

}  // namespace sovereign::search
