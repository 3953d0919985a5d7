// One order of a segment's documents (a number or the name, then the key), ascending.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/uuid.hpp"
#include "search/document_columns.hpp"

namespace sovereign::search {

/// What documents are ordered by, as a value that can be compared over segments. Absent numbers are
/// minus infinity. Name views live as long as the segment.
struct SortValue {
  double number = 0;
  std::string_view name;
  Uuid key;

  auto operator<=>(const SortValue& other) const {
    if (number != other.number) {
      return number < other.number ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    if (const auto order = name.compare(other.name); order != 0) return order <=> 0;
    return key <=> other.key;
  }
  bool operator==(const SortValue&) const = default;
};

class SortOrder {
 public:
  /// By number field `field`, or by name when `field` is the number of number fields.
  SortOrder(const DocumentColumns& columns, std::size_t field);

  std::size_t size() const { return documents_.size(); }
  std::uint32_t operator[](std::size_t place) const { return documents_[place]; }
  SortValue value(const DocumentColumns& columns, std::uint32_t document) const;
  /// The first place in [low, high) whose value is not less; `high` when there is none.
  std::size_t lower_bound(const DocumentColumns& columns, const SortValue& value, std::size_t low,
                          std::size_t high) const;
  /// Where the document stands.
  std::size_t place_of(const DocumentColumns& columns, std::uint32_t document) const {
    return lower_bound(columns, value(columns, document), 0, size());
  }
  std::size_t memory_bytes() const { return documents_.capacity() * sizeof(std::uint32_t); }

 private:
  std::size_t field_;
  std::vector<std::uint32_t> documents_;
};

}  // namespace sovereign::search
