// Field tables: for each type that crosses the border, one table says its members' names, bounds
// and documentation. Reading (read.hpp), printing (write.hpp) and JSON Schema (schema.hpp) all
// follow that table, so they cannot disagree.
//
//   template <>
//   struct Table<Login> {
//     static constexpr std::string_view name = "LoginRequest";
//     static constexpr Members members = Members::closed;
//     static constexpr auto fields = std::tuple{
//         field("email", &Login::email, {.description = "...", .example = R"("a@b.org")",
//         .max_length = 255}),
//     };
//   };
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sovereign::json {

/// What happens to members that a table does not name.
enum class Members { closed, open };

/// A named check on a string beyond its length.
struct Rule {
  std::string_view code;     ///< For FieldError::code.
  std::string_view message;  ///< What is wanted, one sentence.
  bool (*accepts)(std::string_view text);
  std::string_view format = {};   ///< JSON Schema "format", if it has one.
  std::string_view pattern = {};  ///< JSON Schema "pattern" (ECMA-262), if it can be said so.
};

/// Bounds and documentation of one member. Lengths count code points; items count elements.
struct FieldOptions {
  std::string_view description = {};
  std::string_view example = {};  ///< JSON text.
  std::string_view alias = {};    ///< Another accepted name, on reading.
  bool optional = false;          ///< May be left out though its type is plain.
  std::size_t min_length = 0;
  std::size_t max_length = 4096;
  std::size_t max_items = 100;
  std::size_t max_bytes = 65536;  ///< Of a Raw member, as compact JSON.
  double minimum = std::numeric_limits<double>::lowest();
  double maximum = std::numeric_limits<double>::max();
  const Rule* rule = nullptr;  ///< Of the string, or of each item.
};

template <typename T, typename M>
struct Field {
  using Member = M;
  std::string_view name;
  M T::* member;
  FieldOptions options;
};

template <typename T, typename M>
constexpr Field<T, M> field(std::string_view name, M T::* member, FieldOptions options = {}) {
  return {name, member, options};
}

/// Specialised for each type that has a table; see the top of this file.
template <typename T>
struct Table;

template <typename T>
concept Tabled = requires { Table<T>::fields; };

/// The fields of a base's table as fields of the derived type, to build its table on.
template <typename Derived, typename Base>
constexpr auto inherited_fields() {
  constexpr auto inherit = []<typename M>(const Field<Base, M>& field) {
    return Field<Derived, M>{field.name, field.member, field.options};
  };
  return std::apply([=](const auto&... fields) { return std::tuple{inherit(fields)...}; },
                    Table<Base>::fields);
}

/// Specialised for each enumeration: `static constexpr std::array values = {EnumName{E::a, "a"},
/// ...}`.
template <typename E>
struct Names;

template <typename E>
struct EnumName {
  E value;
  std::string_view name;
};

template <typename E>
concept Named = requires { Names<E>::values; };

template <Named E>
constexpr std::string_view name_of(E value) {
  for (const auto& entry : Names<E>::values) {
    if (entry.value == value) return entry.name;
  }
  return {};
}

template <Named E>
constexpr std::optional<E> value_of(std::string_view name) {
  for (const auto& entry : Names<E>::values) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

/// A JSON value kept as its text: valid, and printed as it is.
struct Raw {
  std::string text = "null";
  bool operator==(const Raw&) const = default;
};

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
inline constexpr bool is_vector = false;
template <typename T>
inline constexpr bool is_vector<std::vector<T>> = true;

/// Whether reading fails without this member.
template <typename T, typename M>
constexpr bool is_required(const Field<T, M>& field) {
  return !is_optional<M> && !field.options.optional;
}

/// Calls `visit` with each field of T's table.
template <Tabled T, typename Visitor>
constexpr void for_each_field(Visitor&& visit) {
  std::apply([&](const auto&... fields) { (visit(fields), ...); }, Table<T>::fields);
}

}  // namespace sovereign::json
