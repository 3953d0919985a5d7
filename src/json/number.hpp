// Numbers of JSON compared by their mathematical value, whatever type holds them: 1 is 1.0, and
// 2^64 - 1 is not the double next to it.
#pragma once

#include <cstdint>

#include "json/parse.hpp"

namespace sovereign::json {

/// A number taken out of a document.
class Number {
 public:
  /// `value` must be a number.
  explicit Number(const Value& value);

  /// Without a fractional part; 1.0 and 1e300 are integers.
  bool is_integer() const;
  /// Below, equal to or above zero: `*this` compared to `other`, exactly.
  int compare(const Number& other) const {
    return (value_ > other.value_) - (value_ < other.value_);
  }
  /// Equal numbers have equal hashes.
  std::uint64_t hash() const;

 private:
  // Has at least 64 bits of precision on the platforms we support: every int64, uint64 and double.
  long double value_;
};

/// A number as the decimal that its shortest text says: digits times ten to the exponent.
struct Decimal {
  std::uint64_t digits = 0;  ///< Of the absolute value.
  int exponent = 0;

  static Decimal of(const Value& number);
  /// Whether this is an integer times `divisor`, which is not zero; as decimals, so 0.0075 is a
  /// multiple of 0.0001 though no double says so.
  bool is_multiple_of(const Decimal& divisor) const;
};

/// Equality of JSON: numbers by value, objects whatever the order of their members.
bool equal(const Value& left, const Value& right);
/// Equal values have equal hashes.
std::uint64_t hash(const Value& value);

}  // namespace sovereign::json
