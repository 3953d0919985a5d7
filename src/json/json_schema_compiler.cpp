#include "json/json_schema_compiler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace sovereign::json::schema {
namespace {

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }
std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

struct TypeName {
  std::string_view name;
  std::uint8_t mask;
};

constexpr std::array kTypeNames = std::to_array<TypeName>({
    {"null", kNull},
    {"boolean", kBoolean},
    {"object", kObject},
    {"array", kArray},
    {"string", kString},
    {"integer", kInteger},
    {"number", kNumber | kInteger},
});

std::uint8_t mask_of(const Value& name) {
  if (!name.is_string()) return 0;
  for (const auto& entry : kTypeNames) {
    if (view(name.get_string()) == entry.name) return entry.mask;
  }
  return 0;
}

template <typename T>
std::uint32_t append(std::vector<T>& table, T value) {
  table.push_back(std::move(value));
  return static_cast<std::uint32_t>(table.size() - 1);
}

}  // namespace

struct Compiler::Keyword {
  std::string_view name;
  void (*compile)(Compiler&, const Value&);
  bool in_draft7 = true;
  bool in_draft2020 = true;
};

// What is cheap and fails often comes first; what reads marks of the others comes last.
const std::vector<Compiler::Keyword>& Compiler::keywords() {
  static const std::vector<Keyword> table = {
      {"type", [](Compiler& c, const Value& v) { c.on_type(v); }},
      {"const", [](Compiler& c, const Value& v) { c.on_const(v); }},
      {"enum", [](Compiler& c, const Value& v) { c.on_enum(v); }},
      {"minimum", [](Compiler& c, const Value& v) { c.on_number(v, "minimum", Op::minimum); }},
      {"maximum", [](Compiler& c, const Value& v) { c.on_number(v, "maximum", Op::maximum); }},
      {"exclusiveMinimum",
       [](Compiler& c, const Value& v) {
         c.on_number(v, "exclusiveMinimum", Op::exclusive_minimum);
       }},
      {"exclusiveMaximum",
       [](Compiler& c, const Value& v) {
         c.on_number(v, "exclusiveMaximum", Op::exclusive_maximum);
       }},
      {"multipleOf", [](Compiler& c, const Value& v) { c.on_multiple_of(v); }},
      {"minLength",
       [](Compiler& c, const Value& v) { c.on_count(v, "minLength", Op::min_length); }},
      {"maxLength",
       [](Compiler& c, const Value& v) { c.on_count(v, "maxLength", Op::max_length); }},
      {"pattern", [](Compiler& c, const Value& v) { c.on_pattern(v); }},
      {"minProperties",
       [](Compiler& c, const Value& v) { c.on_count(v, "minProperties", Op::min_properties); }},
      {"maxProperties",
       [](Compiler& c, const Value& v) { c.on_count(v, "maxProperties", Op::max_properties); }},
      {"minItems", [](Compiler& c, const Value& v) { c.on_count(v, "minItems", Op::min_items); }},
      {"maxItems", [](Compiler& c, const Value& v) { c.on_count(v, "maxItems", Op::max_items); }},
      {"propertyNames", [](Compiler& c, const Value& v) { c.on_property_names(v); }},
      {"dependentRequired", [](Compiler& c, const Value& v) { c.on_dependent_required(v); }, false},
      {"dependentSchemas", [](Compiler& c, const Value& v) { c.on_dependent_schemas(v); }, false},
      {"dependencies", [](Compiler& c, const Value& v) { c.on_dependencies(v); }, true, false},
      {"uniqueItems", [](Compiler& c, const Value& v) { c.on_unique_items(v); }},
      {"contains", [](Compiler& c, const Value& v) { c.on_contains(v); }},
      {"$ref", [](Compiler& c, const Value& v) { c.on_ref(v); }},
      {"$dynamicRef", [](Compiler& c, const Value& v) { c.on_dynamic_ref(v); }, false},
      {"allOf", [](Compiler& c, const Value& v) { c.on_all_of(v); }},
      {"anyOf", [](Compiler& c, const Value& v) { c.on_any_of(v); }},
      {"oneOf", [](Compiler& c, const Value& v) { c.on_one_of(v); }},
      {"not", [](Compiler& c, const Value& v) { c.on_not(v); }},
      {"if", [](Compiler& c, const Value& v) { c.on_if(v); }},
      {"unevaluatedItems", [](Compiler& c, const Value& v) { c.on_unevaluated_items(v); }, false},
      {"unevaluatedProperties", [](Compiler& c, const Value& v) { c.on_unevaluated_properties(v); },
       false},
  };
  return table;
}

Result<Program> Compiler::run() {
  program_.nodes.resize(2);
  program_.nodes[kRefuse] = {.begin = 0, .end = 1};
  program_.code.push_back({Op::negation, kAccept});
  program_.root = node_at(index_.root(), "");
  while (!queue_.empty() && !error_) {
    const Pending next = std::move(queue_.back());
    queue_.pop_back();
    compile(next);
  }
  if (error_) return Failure(std::move(*error_));
  return std::move(program_);
}

NodeIndex Compiler::node_of(const Value& schema, std::string pointer) {
  return node_at({&schema, index_.resource_of(schema, resource_)}, std::move(pointer));
}

NodeIndex Compiler::node_at(const Place& place, std::string pointer) {
  if (const auto* boolean = place.schema->if_bool()) return *boolean ? kAccept : kRefuse;
  const auto [known, is_new] =
      nodes_.try_emplace(place.schema, static_cast<NodeIndex>(program_.nodes.size()));
  if (is_new) {
    program_.nodes.emplace_back();
    queue_.push_back({place, std::move(pointer), known->second});
  }
  return known->second;
}

std::uint32_t Compiler::list_of(std::string_view keyword, const Value& value) {
  std::vector<NodeIndex> nodes;
  const auto* list = value.if_array();
  if (list == nullptr || list->empty()) {
    refuse(keyword, "type", "This keyword is a list of at least one schema.");
    return 0;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    nodes.push_back(node_of((*list)[i], fmt::format("{}/{}", under(keyword), i)));
  }
  return append(program_.lists, std::move(nodes));
}

void Compiler::compile(const Pending& pending) {
  pointer_ = pending.pointer;
  resource_ = pending.place.resource;
  code_.clear();
  const auto* schema = pending.place.schema->if_object();
  if (schema == nullptr) {
    error_ = base::fail_field(pointer_, "type", "A schema is an object or a boolean.").error();
    return;
  }
  schema_ = schema;
  compile_object(*schema);
  Node& node = program_.nodes[pending.node];
  node.begin = static_cast<std::uint32_t>(program_.code.size());
  program_.code.insert(program_.code.end(), code_.begin(), code_.end());
  node.end = static_cast<std::uint32_t>(program_.code.size());
  node.resource = resource_;
  node.reads_evaluated = std::ranges::any_of(code_, [](const Instruction& instruction) {
    return instruction.op == Op::unevaluated_items || instruction.op == Op::unevaluated_properties;
  });
}

void Compiler::compile_object(const Object& schema) {
  const bool is_draft7 = index_.draft() == Draft::draft7;
  if (is_draft7) {
    // Whatever stands beside a $ref is ignored.
    if (const Value* reference = schema.if_contains("$ref")) return on_ref(*reference);
  }
  bool object_done = false;
  for (const auto& keyword : keywords()) {
    const Value* value = schema.if_contains(keyword.name);
    // These have several keywords, which one instruction checks, after the cheap ones.
    if (keyword.name == "propertyNames" && !object_done) {
      object_done = true;
      on_object();
      on_items();
    }
    if (value == nullptr || error_) continue;
    if (is_draft7 ? keyword.in_draft7 : keyword.in_draft2020) keyword.compile(*this, *value);
  }
}

std::string Compiler::under(std::string_view keyword) const {
  return fmt::format("{}/{}", pointer_, keyword);
}

void Compiler::refuse(std::string_view keyword, std::string_view code, std::string message) {
  if (error_) return;
  error_ = base::fail_field(under(keyword), std::string(code), std::move(message)).error();
}

std::uint32_t Compiler::count(std::string_view keyword, const Value& value) {
  if (value.is_number()) {
    const Number number(value);
    if (number.is_integer() && number.compare(Number(Value(0))) >= 0) {
      // More than a document can hold is as good as the most.
      const bool is_huge = number.compare(Number(Value(INT32_MAX))) > 0;
      return is_huge ? INT32_MAX : value.to_number<std::uint32_t>();
    }
  }
  refuse(keyword, "type", "This keyword is a whole number, zero or more.");
  return 0;
}

std::uint32_t Compiler::pattern(std::string_view keyword, std::string_view text) {
  if (const auto known = patterns_.find(text); known != patterns_.end()) return known->second;
  auto compiled = Pattern::compile(text);
  if (!compiled) {
    refuse(keyword, "pattern", compiled.error().fields.front().message);
    return 0;
  }
  const auto place = append(program_.patterns, std::move(*compiled));
  patterns_.emplace(text, place);
  return place;
}

std::vector<std::string> Compiler::names(std::string_view keyword, const Value& value) {
  std::vector<std::string> names;
  const auto* list = value.if_array();
  if (list == nullptr) {
    refuse(keyword, "type", "This keyword is a list of names.");
    return names;
  }
  for (const auto& name : *list) {
    if (!name.is_string()) {
      refuse(keyword, "type", "This keyword is a list of names.");
      return names;
    }
    names.emplace_back(view(name.get_string()));
  }
  return names;
}

const Object* Compiler::object(std::string_view keyword, const Value& value) {
  if (!value.is_object()) refuse(keyword, "type", "This keyword is an object.");
  return value.if_object();
}

void Compiler::on_type(const Value& value) {
  std::uint8_t mask = mask_of(value);
  if (const auto* list = value.if_array()) {
    for (const auto& name : *list) {
      const auto one = mask_of(name);
      mask = static_cast<std::uint8_t>(mask | one);
      if (one == 0) refuse("type", "type", "This names no type of JSON.");
    }
  }
  if (mask == 0) refuse("type", "type", "This names no type of JSON.");
  emit(Op::type, mask);
}

void Compiler::on_const(const Value& value) {
  emit(Op::constant, append(program_.constants, Value(value, boost::json::storage_ptr{})));
}

void Compiler::on_enum(const Value& value) {
  const auto* list = value.if_array();
  if (list == nullptr) return refuse("enum", "type", "This keyword is a list of values.");
  EnumRule rule;
  for (const auto& item : *list) rule.values.emplace_back(item, boost::json::storage_ptr{});
  emit(Op::enumeration, append(program_.enumerations, std::move(rule)));
}

void Compiler::on_number(const Value& value, std::string_view keyword, Op op) {
  if (!value.is_number()) return refuse(keyword, "type", "This keyword is a number.");
  emit(op, append(program_.bounds, value));
}

void Compiler::on_multiple_of(const Value& value) {
  if (!value.is_number() || Number(value).compare(Number(Value(0))) <= 0) {
    return refuse("multipleOf", "type", "This keyword is a number above zero.");
  }
  emit(Op::multiple_of, append(program_.divisors, Decimal::of(value)));
}

void Compiler::on_count(const Value& value, std::string_view keyword, Op op) {
  emit(op, count(keyword, value));
}

void Compiler::on_pattern(const Value& value) {
  if (!value.is_string()) return refuse("pattern", "type", "This keyword is a string.");
  emit(Op::pattern, pattern("pattern", view(value.get_string())));
}

void Compiler::read_required(ObjectRule& rule) {
  const Value* value = sibling("required");
  if (value == nullptr) return;
  for (const auto& name : names("required", *value)) {
    auto& entry = rule.names.entry(name);
    if (!entry.is_required) ++rule.required;
    entry.is_required = true;
  }
}

void Compiler::read_properties(ObjectRule& rule) {
  const Value* value = sibling("properties");
  const auto* properties = value == nullptr ? nullptr : object("properties", *value);
  if (properties == nullptr) return;
  for (const auto& member : *properties) {
    const auto name = view(member.key());
    rule.names.entry(name).node =
        node_of(member.value(), fmt::format("{}/{}", under("properties"), escape_pointer(name)));
  }
}

void Compiler::on_object() {
  ObjectRule rule;
  read_required(rule);
  read_properties(rule);
  if (const Value* value = sibling("patternProperties")) {
    const auto* members = object("patternProperties", *value);
    if (members == nullptr) return;
    for (const auto& member : *members) {
      const auto text = view(member.key());
      const auto place = fmt::format("{}/{}", under("patternProperties"), escape_pointer(text));
      rule.patterns.emplace_back(pattern("patternProperties", text),
                                 node_of(member.value(), place));
    }
  }
  if (const Value* value = sibling("additionalProperties")) {
    rule.additional = child("additionalProperties", *value);
  }
  if (rule.names.entries().empty() && rule.patterns.empty() && rule.additional == kNone) return;
  emit(Op::object, append(program_.objects, std::move(rule)));
}

void Compiler::on_property_names(const Value& value) {
  emit(Op::property_names, child("propertyNames", value));
}

void Compiler::on_dependent_required(const Value& value) {
  const auto* members = object("dependentRequired", value);
  if (members == nullptr) return;
  std::vector<std::pair<std::string, std::vector<std::string>>> rules;
  for (const auto& member : *members) {
    rules.emplace_back(view(member.key()), names("dependentRequired", member.value()));
  }
  emit(Op::dependent_required, append(program_.dependent_names, std::move(rules)));
}

void Compiler::on_dependent_schemas(const Value& value) {
  const auto* members = object("dependentSchemas", value);
  if (members == nullptr) return;
  std::vector<std::pair<std::string, NodeIndex>> rules;
  for (const auto& member : *members) {
    rules.emplace_back(view(member.key()), child("dependentSchemas", member.value()));
  }
  emit(Op::dependent_schemas, append(program_.dependent_nodes, std::move(rules)));
}

/// Draft 7 has both kinds in one keyword.
void Compiler::on_dependencies(const Value& value) {
  const auto* members = object("dependencies", value);
  if (members == nullptr) return;
  std::vector<std::pair<std::string, std::vector<std::string>>> required;
  std::vector<std::pair<std::string, NodeIndex>> schemas;
  for (const auto& member : *members) {
    if (member.value().is_array()) {
      required.emplace_back(view(member.key()), names("dependencies", member.value()));
    } else {
      schemas.emplace_back(view(member.key()), child("dependencies", member.value()));
    }
  }
  emit(Op::dependent_required, append(program_.dependent_names, std::move(required)));
  emit(Op::dependent_schemas, append(program_.dependent_nodes, std::move(schemas)));
}

void Compiler::on_items() {
  const bool is_draft7 = index_.draft() == Draft::draft7;
  const Value* items = sibling("items");
  const bool has_tuple = is_draft7 && items != nullptr && items->is_array();
  const Value* first = has_tuple ? items : is_draft7 ? nullptr : sibling("prefixItems");
  const Value* others = has_tuple ? sibling("additionalItems") : items;
  if (first == nullptr && others == nullptr) return;
  std::uint32_t list = 0;
  if (first == nullptr || (has_tuple && first->get_array().empty())) {
    list = append(program_.lists, {});
  } else {
    list = list_of(has_tuple ? "items" : "prefixItems", *first);
  }
  const auto keyword = has_tuple ? "additionalItems" : "items";
  emit(Op::items, list, others == nullptr ? kNone : child(keyword, *others));
}

void Compiler::on_unique_items(const Value& value) {
  if (!value.is_bool()) return refuse("uniqueItems", "type", "This keyword is a boolean.");
  if (value.get_bool()) emit(Op::unique_items);
}

void Compiler::on_contains(const Value& value) {
  ContainsRule rule{.node = child("contains", value)};
  rule.evaluates = index_.draft() == Draft::draft2020_12;
  if (rule.evaluates) {
    if (const Value* least = sibling("minContains")) rule.least = count("minContains", *least);
    if (const Value* most = sibling("maxContains")) rule.most = count("maxContains", *most);
  }
  emit(Op::contains, append(program_.contains, rule));
}

void Compiler::on_if(const Value& value) {
  ConditionRule rule{.condition = child("if", value)};
  if (const Value* then = sibling("then")) rule.then_node = child("then", *then);
  if (const Value* other = sibling("else")) rule.else_node = child("else", *other);
  emit(Op::condition, append(program_.conditions, rule));
}

void Compiler::on_ref(const Value& value) {
  if (!value.is_string()) return refuse("$ref", "type", "This keyword is a string.");
  const auto place = index_.resolve(resource_, view(value.get_string()));
  if (!place) {
    return refuse("$ref", "reference", "This leads to nothing in the schema; others are not read.");
  }
  emit(Op::reference, node_at(*place, under("$ref")));
}

void Compiler::on_dynamic_ref(const Value& value) {
  if (!value.is_string()) return refuse("$dynamicRef", "type", "This keyword is a string.");
  const auto place = index_.resolve(resource_, view(value.get_string()));
  if (!place) {
    return refuse("$dynamicRef", "reference",
                  "This leads to nothing in the schema; others are not read.");
  }
  const auto node = node_at(*place, under("$dynamicRef"));
  if (!place->dynamic_anchor) return emit(Op::reference, node);
  add_dynamic_anchors(*place->dynamic_anchor);
  emit(Op::dynamic_reference, *place->dynamic_anchor, node);
}

void Compiler::add_dynamic_anchors(std::uint32_t name) {
  for (const auto& place : index_.dynamic_anchors(name)) {
    program_.dynamic_anchors[{name, place.resource}] = node_at(place, under("$dynamicRef"));
  }
}

void Compiler::on_unevaluated_items(const Value& value) {
  emit(Op::unevaluated_items, child("unevaluatedItems", value));
}

void Compiler::on_unevaluated_properties(const Value& value) {
  emit(Op::unevaluated_properties, child("unevaluatedProperties", value));
}

}  // namespace sovereign::json::schema
