// Which members and items a schema has looked at, for unevaluatedProperties and unevaluatedItems.
#include "json/json_schema_checker.hpp"

namespace sovereign::json::schema {

void IndexSet::add(std::size_t index) {
  if (index < 64) {
    first_ |= std::uint64_t{1} << index;
    return;
  }
  const std::size_t word = index / 64 - 1;
  if (more_.size() <= word) more_.resize(word + 1);
  more_[word] |= std::uint64_t{1} << (index % 64);
}

void IndexSet::merge(const IndexSet& other) {
  all_ = all_ || other.all_;
  first_ |= other.first_;
  if (more_.size() < other.more_.size()) more_.resize(other.more_.size());
  for (std::size_t i = 0; i < other.more_.size(); ++i) more_[i] |= other.more_[i];
}

bool IndexSet::contains(std::size_t index) const {
  if (all_) return true;
  const std::size_t word = index / 64;
  if (word > more_.size()) return false;
  return ((word == 0 ? first_ : more_[word - 1]) >> (index % 64) & 1) != 0;
}

void Evaluated::merge(const Evaluated& other) {
  properties.merge(other.properties);
  items.merge(other.items);
}

}  // namespace sovereign::json::schema
