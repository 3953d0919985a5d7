// A member that is always printed, as null when it has no value: what older clients expect where
// std::optional would leave the member out. For answers only.
#pragma once

#include <optional>
#include <string>

#include "json/schema.hpp"
#include "json/write.hpp"

namespace sovereign::json {

template <typename T>
struct Nullable {
  std::optional<T> value;
};

template <typename T>
void write(std::string& out, const Nullable<T>& nullable) {
  if (nullable.value) {
    write(out, *nullable.value);
  } else {
    out += "null";
  }
}

template <>
inline Object schema_of<Nullable<std::string>>(Components&, Direction, const FieldOptions&) {
  return {{"type", Array{"string", "null"}}};
}

template <>
inline Object schema_of<Nullable<base::Timestamp>>(Components&, Direction, const FieldOptions&) {
  return {{"type", Array{"string", "null"}}, {"format", "date-time"}};
}

template <>
inline Object schema_of<Nullable<Raw>>(Components&, Direction, const FieldOptions&) {
  return {{"type", Array{"object", "null"}}, {"additionalProperties", true}};
}

}  // namespace sovereign::json
