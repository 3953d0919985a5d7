// The values of one keyword field of a segment, and the documents that have each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "search/bitmap.hpp"
#include "search/document_columns.hpp"
#include "search/string_table.hpp"

namespace sovereign::search {

class KeywordDictionary {
 public:
  KeywordDictionary() = default;
  /// `values` folded and ascending, `displays` as written, parallel; `column` numbers them.
  KeywordDictionary(StringTable values, StringList displays, const KeywordColumn& column);

  std::size_t size() const { return values_.size(); }
  const StringTable& values() const { return values_; }
  std::string_view display(std::uint32_t ordinal) const { return displays_[ordinal]; }
  /// Documents that have the value, removed ones included.
  std::uint32_t count(std::uint32_t ordinal) const { return counts_[ordinal]; }
  void unite_into(std::uint32_t ordinal, Bitmap& set) const;
  /// How many of `set` have the value.
  std::uint32_t count_in(std::uint32_t ordinal, const Bitmap& set) const;
  /// All values, those of most documents first.
  const std::vector<std::uint32_t>& by_count() const { return by_count_; }
  std::size_t memory_bytes() const;

 private:
  StringTable values_;
  StringList displays_;
  std::vector<std::uint32_t> counts_;
  std::vector<std::uint32_t> by_count_;
  std::vector<std::uint32_t> begins_;     ///< Into documents_, one more than values.
  std::vector<std::uint32_t> documents_;  ///< Of the values that few documents have.
  std::vector<std::uint32_t> bitmap_of_;  ///< By value: into bitmaps_, or none.
  std::vector<Bitmap> bitmaps_;           ///< Of the others.
};

}  // namespace sovereign::search
