#include "json/schema.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <limits>

namespace sovereign::json {

void claim_component(Components& components, const std::string& name, std::type_index type) {
  const auto [owner, is_new] = components.types.emplace(name, type);
  if (is_new || owner->second == type) return;
  fmt::print(stderr, "two types have a table named {}\n", name);
  std::abort();
}

Object string_schema(const FieldOptions& options) {
  Object schema{{"type", "string"}};
  if (options.min_length > 0) schema["minLength"] = options.min_length;
  schema["maxLength"] = options.max_length;
  if (options.rule != nullptr) {
    if (!options.rule->format.empty()) schema["format"] = options.rule->format;
    if (!options.rule->pattern.empty()) schema["pattern"] = options.rule->pattern;
  }
  return schema;
}

Object number_schema(std::string_view type, const FieldOptions& options) {
  Object schema{{"type", type}};
  const auto bound = [&](const char* name, double value) {
    if (type == "integer") {
      schema[name] = static_cast<std::int64_t>(value);
    } else {
      schema[name] = value;
    }
  };
  if (options.minimum != std::numeric_limits<double>::lowest()) bound("minimum", options.minimum);
  if (options.maximum != std::numeric_limits<double>::max()) bound("maximum", options.maximum);
  return schema;
}

Object annotate(Object schema, const FieldOptions& options) {
  if (!options.description.empty()) schema["description"] = options.description;
  if (!options.example.empty()) schema["examples"] = Array{boost::json::parse(options.example)};
  return schema;
}

}  // namespace sovereign::json
