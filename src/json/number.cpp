#include "json/number.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <string_view>

namespace sovereign::json {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64,
              "comparing needs a type that holds every 64-bit integer and every double");

constexpr int kMaxPower = 19;  // The largest power of ten below 2^64.

long double exact(const Value& value) {
  if (const auto* integer = value.if_int64()) return static_cast<long double>(*integer);
  if (const auto* integer = value.if_uint64()) return static_cast<long double>(*integer);
  return static_cast<long double>(value.get_double());
}

unsigned __int128 power_of_ten(int exponent) {
  unsigned __int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

/// 10^exponent mod modulus.
std::uint64_t power_of_ten_modulo(int exponent, std::uint64_t modulus) {
  unsigned __int128 result = 1 % modulus;
  unsigned __int128 square = 10 % modulus;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = result * square % modulus;
    square = square * square % modulus;
  }
  return static_cast<std::uint64_t>(result);
}

Decimal decimal_of_double(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), std::fabs(value),
                                 std::chars_format::scientific);
  const std::string_view written(text.data(), static_cast<std::size_t>(end.ptr - text.data()));
  const auto mark = written.find('e');
  Decimal decimal;
  const auto exponent = written.substr(written[mark + 1] == '+' ? mark + 2 : mark + 1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), decimal.exponent);
  bool fraction = false;
  for (const char c : written.substr(0, mark)) {
    if (c == '.') {
      fraction = true;
      continue;
    }
    decimal.digits = decimal.digits * 10 + static_cast<std::uint64_t>(c - '0');
    if (fraction) --decimal.exponent;
  }
  return decimal;
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  return (seed ^ (value + 0x9e3779b97f4a7c15U + (seed << 6) + (seed >> 2))) * 0xff51afd7ed558ccdU;
}

std::uint64_t hash_text(std::string_view text) { return std::hash<std::string_view>{}(text); }

bool equal_objects(const Object& left, const Object& right) {
  if (left.size() != right.size()) return false;
  for (const auto& member : left) {
    const Value* other = right.if_contains(member.key());
    if (other == nullptr || !equal(member.value(), *other)) return false;
  }
  return true;
}

bool equal_arrays(const Array& left, const Array& right) {
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!equal(left[i], right[i])) return false;
  }
  return true;
}

}  // namespace

Number::Number(const Value& value) : value_(exact(value)) {}

bool Number::is_integer() const { return std::trunc(value_) == value_; }

std::uint64_t Number::hash() const { return std::hash<double>{}(static_cast<double>(value_)); }

Decimal Decimal::of(const Value& number) {
  if (const auto* integer = number.if_int64()) {
    const auto digits = static_cast<std::uint64_t>(*integer);
    return {.digits = *integer < 0 ? 0 - digits : digits};
  }
  if (const auto* integer = number.if_uint64()) return {.digits = *integer};
  return decimal_of_double(number.get_double());
}

bool Decimal::is_multiple_of(const Decimal& divisor) const {
  if (digits == 0) return true;
  const int shift = exponent - divisor.exponent;
  if (shift >= 0) {
    const auto factor = power_of_ten_modulo(shift, divisor.digits);
    return static_cast<unsigned __int128>(digits % divisor.digits) * factor % divisor.digits == 0;
  }
  // Larger divisors than any 64-bit `digits`.
  if (-shift > kMaxPower) return false;
  return digits % (divisor.digits * power_of_ten(-shift)) == 0;
}

bool equal(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return Number(left).compare(Number(right)) == 0;
  if (left.kind() != right.kind()) return false;
  switch (left.kind()) {
    case boost::json::kind::array: return equal_arrays(left.get_array(), right.get_array());
    case boost::json::kind::object: return equal_objects(left.get_object(), right.get_object());
    default: return left == right;
  }
}

std::uint64_t hash(const Value& value) {
  if (value.is_number()) return Number(value).hash();
  std::uint64_t sum = static_cast<std::uint64_t>(value.kind());
  if (const auto* text = value.if_string())
    return mix(sum, hash_text({text->data(), text->size()}));
  if (const auto* flag = value.if_bool()) return mix(sum, *flag ? 1 : 2);
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) sum = mix(sum, hash(item));
  } else if (const auto* object = value.if_object()) {
    // The order of members does not count.
    for (const auto& member : *object) {
      const std::string_view name{member.key().data(), member.key().size()};
      sum += mix(hash_text(name), hash(member.value()));
    }
  }
  return sum;
}

}  // namespace sovereign::json
