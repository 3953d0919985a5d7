#include "json/json_schema_index.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/encoding.hpp"
#include "json/uri_reference.hpp"

namespace sovereign::json::schema {
namespace {

/// How a keyword holds subschemas.
enum class Holds { schema, list, map, schema_or_list };

struct Applicator {
  std::string_view keyword;
  Holds holds;
  bool in_draft7 = true;
};

constexpr std::array kApplicators = std::to_array<Applicator>({
    {"additionalProperties", Holds::schema},
    {"unevaluatedProperties", Holds::schema, false},
    {"propertyNames", Holds::schema},
    {"items", Holds::schema_or_list},
    {"additionalItems", Holds::schema},
    {"unevaluatedItems", Holds::schema, false},
    {"contains", Holds::schema},
    {"not", Holds::schema},
    {"if", Holds::schema},
    {"then", Holds::schema},
    {"else", Holds::schema},
    {"contentSchema", Holds::schema, false},
    {"allOf", Holds::list},
    {"anyOf", Holds::list},
    {"oneOf", Holds::list},
    {"prefixItems", Holds::list, false},
    {"properties", Holds::map},
    {"patternProperties", Holds::map},
    {"dependentSchemas", Holds::map, false},
    {"dependencies", Holds::map},
    {"$defs", Holds::map},
    {"definitions", Holds::map},
});

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }
std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

Failure refuse(std::string pointer, std::string_view code, std::string message) {
  return base::fail_field(std::move(pointer), std::string(code), std::move(message));
}

/// The string at `keyword`; an error when it is something else, nullopt when it is absent.
Result<std::optional<std::string_view>> string_at(const Object& schema, std::string_view keyword,
                                                  const std::string& pointer) {
  const Value* value = schema.if_contains(keyword);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    return refuse(fmt::format("{}/{}", pointer, keyword), "type", "This keyword is a string.");
  }
  return view(value->get_string());
}

std::string unescape_token(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      out += token[++i] == '1' ? '/' : '~';
    } else {
      out += token[i];
    }
  }
  return out;
}

const Value* child_of(const Value& value, const std::string& token) {
  if (const auto* object = value.if_object()) return object->if_contains(token);
  const auto* array = value.if_array();
  if (array == nullptr) return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc{} || end != token.data() + token.size()) return nullptr;
  return index < array->size() ? &(*array)[index] : nullptr;
}

}  // namespace

Result<Draft> draft_of(const Value& schema) {
  const auto* object = schema.if_object();
  if (object == nullptr) return Draft::draft2020_12;
  const auto named = string_at(*object, "$schema", "");
  if (!named) return Failure(named.error());
  if (!*named) return Draft::draft2020_12;
  auto uri = **named;
  if (uri.ends_with('#')) uri.remove_suffix(1);
  if (uri == "https://json-schema.org/draft/2020-12/schema") return Draft::draft2020_12;
  if (uri == "http://json-schema.org/draft-07/schema") return Draft::draft7;
  return refuse("/$schema", "draft", "JSON Schema drafts 2020-12 and 7 are supported.");
}

Result<SchemaIndex> SchemaIndex::build(const Value& root, Draft draft) {
  SchemaIndex index(root, draft);
  index.resources_.push_back({.uri = "", .schema = &root});
  index.by_uri_[""] = 0;
  if (auto walked = index.walk(root, 0, ""); !walked) return Failure(std::move(walked.error()));
  return index;
}

Result<void> SchemaIndex::walk(const Value& schema, std::uint32_t resource,
                               const std::string& pointer) {
  if (const auto* object = schema.if_object()) {
    const auto entered = enter(schema, resource, pointer);
    if (!entered) return Failure(entered.error());
    resource_of_[&schema] = *entered;
    if (auto added = add_anchors(schema, *entered, pointer); !added) return added;
    return walk_children(*object, *entered, pointer);
  }
  resource_of_[&schema] = resource;
  return {};
}

Result<void> SchemaIndex::walk_children(const Object& schema, std::uint32_t resource,
                                        const std::string& pointer) {
  for (const auto& [keyword, holds, in_draft7] : kApplicators) {
    const Value* value = schema.if_contains(keyword);
    if (value == nullptr || (draft_ == Draft::draft7 && !in_draft7)) continue;
    const auto place = fmt::format("{}/{}", pointer, keyword);
    const bool as_list =
        value->is_array() && (holds == Holds::list || holds == Holds::schema_or_list);
    if (as_list) {
      const auto& list = value->get_array();
      for (std::size_t i = 0; i < list.size(); ++i) {
        auto walked = walk(list[i], resource, fmt::format("{}/{}", place, i));
        if (!walked) return walked;
      }
    } else if (holds == Holds::map && value->is_object()) {
      for (const auto& member : value->get_object()) {
        if (!member.value().is_object() && !member.value().is_bool()) continue;
        auto walked = walk(member.value(), resource,
                           fmt::format("{}/{}", place, escape_pointer(view(member.key()))));
        if (!walked) return walked;
      }
    } else if (holds == Holds::schema || holds == Holds::schema_or_list) {
      if (auto walked = walk(*value, resource, place); !walked) return walked;
    }
  }
  return {};
}

/// The resource that `schema` is in: its own when it has an $id.
Result<std::uint32_t> SchemaIndex::enter(const Value& schema, std::uint32_t resource,
                                         const std::string& pointer) {
  const auto& object = schema.get_object();
  const auto id = string_at(object, "$id", pointer);
  if (!id) return Failure(id.error());
  const bool hidden = draft_ == Draft::draft7 && object.contains("$ref");
  if (!*id || hidden) return resource;
  const auto split = resolve_uri(resources_[resource].uri, **id);
  if (!split.fragment.empty() && draft_ == Draft::draft2020_12) {
    return refuse(pointer + "/$id", "id", "An $id has no fragment.");
  }
  if (!split.fragment.empty()) {
    // Draft 7 names a place in its resource that way.
    auto added = add_anchor({resource, split.fragment}, schema, pointer);
    if (!added) return Failure(std::move(added.error()));
    if ((*id)->starts_with('#')) return resource;
  }
  if (&schema == root_) {
    resources_[0].uri = split.uri;
    by_uri_[split.uri] = 0;
    return 0;
  }
  const auto own = static_cast<std::uint32_t>(resources_.size());
  if (!by_uri_.try_emplace(split.uri, own).second) {
    return refuse(pointer + "/$id", "id", "Two schemas have this $id.");
  }
  resources_.push_back({.uri = split.uri, .schema = &schema});
  return own;
}

Result<void> SchemaIndex::add_anchor(AnchorKey key, const Value& schema,
                                     const std::string& pointer) {
  if (!anchors_.try_emplace(std::move(key), &schema).second) {
    return refuse(pointer, "anchor", "Two schemas of one resource have this anchor.");
  }
  return {};
}

Result<void> SchemaIndex::add_anchors(const Value& schema, std::uint32_t resource,
                                      const std::string& pointer) {
  if (draft_ == Draft::draft7) return {};
  const auto& object = schema.get_object();
  const auto anchor = string_at(object, "$anchor", pointer);
  if (!anchor) return Failure(anchor.error());
  if (*anchor) {
    auto added = add_anchor({resource, std::string(**anchor)}, schema, pointer + "/$anchor");
    if (!added) return added;
  }
  const auto dynamic = string_at(object, "$dynamicAnchor", pointer);
  if (!dynamic) return Failure(dynamic.error());
  if (!*dynamic) return {};
  const auto [name, is_new] = dynamic_names_.try_emplace(
      std::string(**dynamic), static_cast<std::uint32_t>(dynamic_names_.size()));
  dynamic_[{name->second, resource}] = &schema;
  return add_anchor({resource, name->first}, schema, pointer + "/$dynamicAnchor");
}

std::uint32_t SchemaIndex::resource_of(const Value& schema, std::uint32_t parent) const {
  const auto found = resource_of_.find(&schema);
  return found == resource_of_.end() ? parent : found->second;
}

std::optional<Place> SchemaIndex::follow(Place start, std::string_view pointer) const {
  while (!pointer.empty()) {
    if (pointer.front() != '/') return std::nullopt;
    const auto end = std::min(pointer.find('/', 1), pointer.size());
    const auto token = unescape_token(pointer.substr(1, end - 1));
    pointer.remove_prefix(end);
    start.schema = child_of(*start.schema, token);
    if (start.schema == nullptr) return std::nullopt;
    start.resource = resource_of(*start.schema, start.resource);
  }
  return start;
}

std::optional<Place> SchemaIndex::resolve(std::uint32_t resource,
                                          std::string_view reference) const {
  const auto target = resolve_uri(resources_[resource].uri, reference);
  const auto found = by_uri_.find(target.uri);
  if (found == by_uri_.end()) return std::nullopt;
  const auto fragment = base::percent_decode(target.fragment);
  if (!fragment) return std::nullopt;
  Place place{resources_[found->second].schema, found->second};
  if (fragment->empty() || fragment->front() == '/') return follow(place, *fragment);
  const auto anchor = anchors_.find({found->second, *fragment});
  if (anchor == anchors_.end()) return std::nullopt;
  place.schema = anchor->second;
  place.resource = resource_of(*place.schema, place.resource);
  if (const auto name = dynamic_names_.find(*fragment);
      name != dynamic_names_.end() && dynamic_.contains({name->second, found->second})) {
    place.dynamic_anchor = name->second;
  }
  return place;
}

std::vector<Place> SchemaIndex::dynamic_anchors(std::uint32_t name) const {
  std::vector<Place> places;
  for (const auto& [key, schema] : dynamic_) {
    if (key.first == name) places.push_back({schema, key.second, name});
  }
  return places;
}

}  // namespace sovereign::json::schema
