// Strings in one block of memory: a list in any order, a sorted table with fast look-up, and an
// interner that numbers strings as they come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sovereign::search {

class StringList {
 public:
  void push_back(std::string_view text) {
    bytes_.append(text);
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  void reserve(std::size_t count, std::size_t bytes) {
    ends_.reserve(count);
    bytes_.reserve(bytes);
  }
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t i) const {
    const std::uint32_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(bytes_).substr(begin, ends_[i] - begin);
  }
  void shrink_to_fit() {
    bytes_.shrink_to_fit();
    ends_.shrink_to_fit();
  }
  std::size_t byte_count() const { return bytes_.size(); }
  std::size_t memory_bytes() const {
    return bytes_.capacity() + ends_.capacity() * sizeof(std::uint32_t);
  }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

/// The first eight bytes as a number that orders as the string does; settles most comparisons.
std::uint64_t string_prefix(std::string_view text);

/// Strictly ascending strings; their numbers are their ranks.
class StringTable {
 public:
  /// `text` is greater than all before.
  void push_back(std::string_view text) {
    strings_.push_back(text);
    prefixes_.push_back(string_prefix(text));
  }
  void reserve(std::size_t count, std::size_t bytes) {
    strings_.reserve(count, bytes);
    prefixes_.reserve(count);
  }
  std::size_t size() const { return strings_.size(); }
  std::string_view operator[](std::size_t i) const { return strings_[i]; }

  /// The rank of the first string that is not less.
  std::uint32_t lower_bound(std::string_view text) const;
  std::optional<std::uint32_t> find(std::string_view text) const;
  /// Ranks [first, second) of the strings that begin so.
  std::pair<std::uint32_t, std::uint32_t> with_prefix(std::string_view prefix) const;

  std::size_t byte_count() const { return strings_.byte_count(); }
  std::size_t memory_bytes() const {
    return strings_.memory_bytes() + prefixes_.capacity() * sizeof(std::uint64_t);
  }

 private:
  StringList strings_;
  std::vector<std::uint64_t> prefixes_;
};

/// A hash table from strings to 0, 1, 2 ... in the order of their first appearance.
class Interner {
 public:
  std::uint32_t intern(std::string_view text);
  std::size_t size() const { return strings_.size(); }
  const StringList& strings() const { return strings_; }

 private:
  void grow();

  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = 0;  ///< Plus one; 0 is free.
  };
  StringList strings_;
  std::vector<Slot> slots_;
};

/// The numbers of `strings` in the order of their texts; equal ones stay in their order.
std::vector<std::uint32_t> sorted_order(const StringList& strings);

}  // namespace sovereign::search
