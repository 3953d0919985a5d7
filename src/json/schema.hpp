// JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) of a type, from its field table. Tabled types
// become named components and are referred to.
#pragma once

#include <boost/json/value.hpp>

#include <concepts>
#include <map>
#include <string>
#include <typeindex>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "json/parse.hpp"
#include "json/table.hpp"

namespace sovereign::json {

/// The schemas of all tabled types met so far, by name; becomes OpenAPI's components.schemas.
struct Components {
  Object schemas;
  std::map<std::string, std::type_index> types;  ///< Whose schema it is.
};

/// Notes that `name` is `type`'s; two types of one name are our bug and end the program.
void claim_component(Components& components, const std::string& name, std::type_index type);

/// Whether a schema describes what we read (bounds matter, members may be left out) or print.
enum class Direction { request, response };

Object string_schema(const FieldOptions& options);
Object number_schema(std::string_view type, const FieldOptions& options);
/// `schema` with the member's description and example.
Object annotate(Object schema, const FieldOptions& options);

template <typename T>
Object schema_of(Components& components, Direction direction, const FieldOptions& options = {});

template <typename T>
Object items_schema(Components& components, Direction direction, const FieldOptions& options) {
  Object schema{{"type", "array"}, {"items", schema_of<T>(components, direction, options)}};
  if (direction == Direction::request) schema["maxItems"] = options.max_items;
  return schema;
}

template <Named E>
Object enum_schema() {
  Array names;
  for (const auto& entry : Names<E>::values) names.emplace_back(entry.name);
  return {{"type", "string"}, {"enum", std::move(names)}};
}

template <Tabled T>
Object component_schema(Components& components, Direction direction) {
  const std::string name(Table<T>::name);
  claim_component(components, name, typeid(T));
  if (!components.schemas.contains(name)) {
    components.schemas[name] = Object{};  // Holds the place of a type that contains itself.
    Object properties;
    Array required;
    for_each_field<T>([&]<typename Owner, typename M>(const Field<Owner, M>& field) {
      properties[field.name] =
          annotate(schema_of<M>(components, direction, field.options), field.options);
      if (is_required(field)) required.emplace_back(field.name);
    });
    Object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    if (direction == Direction::request && Table<T>::members == Members::closed) {
      schema["additionalProperties"] = false;
    }
    components.schemas[name] = std::move(schema);
  }
  return {{"$ref", "#/components/schemas/" + name}};
}

template <typename T>
Object schema_of(Components& components, Direction direction, const FieldOptions& options) {
  if constexpr (is_optional<T>) {
    return schema_of<typename T::value_type>(components, direction, options);
  } else if constexpr (is_vector<T>) {
    return items_schema<typename T::value_type>(components, direction, options);
  } else if constexpr (Tabled<T>) {
    return component_schema<T>(components, direction);
  } else if constexpr (Named<T>) {
    return enum_schema<T>();
  } else if constexpr (std::same_as<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::integral<T>) {
    return number_schema("integer", options);
  } else if constexpr (std::floating_point<T>) {
    return number_schema("number", options);
  } else if constexpr (std::same_as<T, base::Timestamp>) {
    return {{"type", "string"}, {"format", "date-time"}};
  } else if constexpr (std::same_as<T, Raw>) {
    return {{"type", "object"}, {"additionalProperties", true}};
  } else if constexpr (std::same_as<T, Value>) {
    return {};
  } else if constexpr (std::same_as<T, std::string>) {
    return string_schema(options);
  } else {
    return {{"type", "string"}, {"format", "uuid"}};  // Uuid and the typed ids.
  }
}

}  // namespace sovereign::json
