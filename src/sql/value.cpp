// The accessors of Value, which end the program when a column is not what the caller's own SQL
// says.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

#include "sql/database.hpp"

namespace sovereign::sql {
namespace {

constexpr std::array<std::string_view, 4> kTypeNames = {"NULL", "integer", "double", "text"};

template <typename T>
const T& expect_type(const Value& value, std::string_view wanted) {
  if (const T* held = std::get_if<T>(&value)) return *held;
  fmt::print(stderr, "bug: a column is {} where {} was expected\n", kTypeNames.at(value.index()),
             wanted);
  std::abort();
}

}  // namespace

std::int64_t integer(const Value& value) { return expect_type<std::int64_t>(value, "integer"); }
double real(const Value& value) { return expect_type<double>(value, "double"); }
const std::string& text(const Value& value) { return expect_type<std::string>(value, "text"); }

}  // namespace sovereign::sql
