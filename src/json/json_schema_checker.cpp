#include "json/json_schema_checker.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "json/json_schema_message.hpp"

namespace sovereign::json::schema {
namespace {

constexpr std::size_t kMaxNesting = 512;
// A pattern may visit all its states for each byte, but rarely does; a step stands for this many.
constexpr std::size_t kStatesPerStep = 16;

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }
std::string_view view(boost::json::string_view text) { return {text.data(), text.size()}; }

std::uint8_t type_of(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return kNull;
    case boost::json::kind::bool_: return kBoolean;
    case boost::json::kind::object: return kObject;
    case boost::json::kind::array: return kArray;
    case boost::json::kind::string: return kString;
    case boost::json::kind::double_: return Number(value).is_integer() ? kInteger : kNumber;
    default: return kInteger;
  }
}

}  // namespace

template <bool kReport>
bool Checker<kReport>::spend(std::size_t steps) {
  if (state_.is_exhausted || state_.steps < steps) {
    state_.is_exhausted = true;
    return false;
  }
  state_.steps -= steps;
  return true;
}

template <bool kReport>
bool Checker<kReport>::fail(const Trail<kReport>& trail, std::string_view code) {
  if constexpr (kReport) {
    if (problems_->size() < most_) {
      problems_->push_back({pointer_to(trail), std::string(code), std::string(message_of(code))});
    }
  }
  return false;
}

template <bool kReport>
bool Checker<kReport>::fail(const Trail<kReport>& trail, std::string_view code,
                            const Value& bound) {
  if constexpr (kReport) {
    if (problems_->size() < most_) {
      problems_->push_back({pointer_to(trail), std::string(code), message_of(code, bound)});
    }
  }
  return false;
}

template <bool kReport>
bool Checker<kReport>::check(NodeIndex index, const Value& value, Evaluated* evaluated,
                             const Trail<kReport>& trail) {
  if (index == kAccept) return true;
  if (index == kRefuse) return fail(trail, "false");
  if (!spend(1)) return false;
  if (state_.depth >= kMaxNesting) {
    state_.is_exhausted = true;
    return false;
  }
  ++state_.depth;
  const Node& node = program_.nodes[index];
  const bool enters = !program_.dynamic_anchors.empty() &&
                      (state_.scope.empty() || state_.scope.back() != node.resource);
  if (enters) state_.scope.push_back(node.resource);
  bool valid = false;
  if (node.reads_evaluated) {
    Evaluated own;
    valid = run(node, value, &own, trail);
    if (evaluated != nullptr) evaluated->merge(own);
  } else {
    valid = run(node, value, evaluated, trail);
  }
  if (enters) state_.scope.pop_back();
  --state_.depth;
  return valid;
}

template <bool kReport>
bool Checker<kReport>::run(const Node& node, const Value& value, Evaluated* evaluated,
                           const Trail<kReport>& trail) {
  bool valid = true;
  for (std::uint32_t at = node.begin; at < node.end; ++at) {
    if (step(program_.code[at], value, evaluated, trail)) continue;
    valid = false;
    if (!kReport || state_.is_exhausted) return false;
  }
  return valid;
}

template <bool kReport>
bool Checker<kReport>::step(const Instruction& instruction, const Value& value,
                            Evaluated* evaluated, const Trail<kReport>& trail) {
  if (!spend(1)) return false;
  const auto* as_object = value.if_object();
  const auto* as_array = value.if_array();
  const auto a = instruction.a;
  switch (instruction.op) {
    case Op::object:
      return as_object == nullptr || object(program_.objects[a], *as_object, evaluated, trail);
    case Op::property_names: return as_object == nullptr || property_names(a, *as_object, trail);
    case Op::dependent_required:
      return as_object == nullptr || dependent_required(a, *as_object, trail);
    case Op::dependent_schemas:
      return as_object == nullptr || dependent_schemas(a, value, evaluated, trail);
    case Op::items: return as_array == nullptr || items(instruction, *as_array, evaluated, trail);
    case Op::unique_items: return as_array == nullptr || unique(*as_array, trail);
    case Op::contains:
      return as_array == nullptr || contains(program_.contains[a], *as_array, evaluated, trail);
    case Op::all_of:
    case Op::any_of:
    case Op::one_of:
    case Op::negation:
    case Op::condition:
    case Op::reference:
    case Op::dynamic_reference: return in_place(instruction, value, evaluated, trail);
    case Op::unevaluated_items:
    case Op::unevaluated_properties: return unevaluated(instruction, value, *evaluated, trail);
    default: return assertion(instruction, value, trail);
  }
}

template <bool kReport>
bool Checker<kReport>::assertion(const Instruction& instruction, const Value& value,
                                 const Trail<kReport>& trail) {
  switch (instruction.op) {
    case Op::type: return (type_of(value) & instruction.a) != 0 || fail(trail, "type");
    case Op::constant:
      return equal(program_.constants[instruction.a], value) || fail(trail, "const");
    case Op::enumeration: return enumeration(program_.enumerations[instruction.a], value, trail);
    case Op::minimum:
    case Op::exclusive_minimum:
    case Op::maximum:
    case Op::exclusive_maximum:
    case Op::multiple_of: return !value.is_number() || number(instruction, value, trail);
    case Op::min_length:
    case Op::max_length:
    case Op::pattern: return !value.is_string() || string(instruction, value, trail);
    default: return size(instruction, value, trail);
  }
}

template <bool kReport>
bool Checker<kReport>::number(const Instruction& instruction, const Value& value,
                              const Trail<kReport>& trail) {
  if (instruction.op == Op::multiple_of) {
    return Decimal::of(value).is_multiple_of(program_.divisors[instruction.a]) ||
           fail(trail, "multipleOf");
  }
  const Value& bound = program_.bounds[instruction.a];
  const int order = Number(value).compare(Number(bound));
  switch (instruction.op) {
    case Op::minimum: return order >= 0 || fail(trail, "minimum", bound);
    case Op::exclusive_minimum: return order > 0 || fail(trail, "exclusiveMinimum", bound);
    case Op::maximum: return order <= 0 || fail(trail, "maximum", bound);
    default: return order < 0 || fail(trail, "exclusiveMaximum", bound);
  }
}

template <bool kReport>
bool Checker<kReport>::string(const Instruction& instruction, const Value& value,
                              const Trail<kReport>& trail) {
  const auto text = view(value.get_string());
  if (instruction.op == Op::pattern) {
    const Pattern& pattern = program_.patterns[instruction.a];
    if (!spend(text.size() * pattern.size() / kStatesPerStep)) return false;
    return pattern.matches(text) || fail(trail, "pattern");
  }
  if (!spend(text.size() / 64)) return false;
  // No text has more code points than bytes, nor fewer than a quarter of them.
  const std::size_t bound = instruction.a;
  if (instruction.op == Op::max_length) {
    return text.size() <= bound || base::count_code_points(text) <= bound ||
           fail(trail, "maxLength", Value(bound));
  }
  return base::count_code_points(text) >= bound || fail(trail, "minLength", Value(bound));
}

template <bool kReport>
bool Checker<kReport>::size(const Instruction& instruction, const Value& value,
                            const Trail<kReport>& trail) {
  const std::size_t bound = instruction.a;
  if (const auto* object = value.if_object()) {
    if (instruction.op == Op::min_properties) {
      return object->size() >= bound || fail(trail, "minProperties", Value(bound));
    }
    if (instruction.op == Op::max_properties) {
      return object->size() <= bound || fail(trail, "maxProperties", Value(bound));
    }
  } else if (const auto* array = value.if_array()) {
    if (instruction.op == Op::min_items) {
      return array->size() >= bound || fail(trail, "minItems", Value(bound));
    }
    if (instruction.op == Op::max_items) {
      return array->size() <= bound || fail(trail, "maxItems", Value(bound));
    }
  }
  return true;
}

template <bool kReport>
bool Checker<kReport>::enumeration(const EnumRule& rule, const Value& value,
                                   const Trail<kReport>& trail) {
  if (!spend(rule.values.size() / 16)) return false;
  const bool found =
      std::ranges::any_of(rule.values, [&](const Value& allowed) { return equal(allowed, value); });
  return found || fail(trail, "enum");
}

template <bool kReport>
bool Checker<kReport>::unique(const Array& items, const Trail<kReport>& trail) {
  std::vector<std::pair<std::uint64_t, std::size_t>> hashes;
  hashes.reserve(items.size());
  if (!spend(items.size())) return false;
  for (std::size_t i = 0; i < items.size(); ++i) hashes.emplace_back(hash(items[i]), i);
  std::ranges::sort(hashes);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    // Those of one hash are compared in pairs; the budget stops an array made of collisions.
    for (std::size_t j = i + 1; j < hashes.size() && hashes[j].first == hashes[i].first; ++j) {
      if (!spend(1)) return false;
      if (equal(items[hashes[i].second], items[hashes[j].second]))
        return fail(trail, "uniqueItems");
    }
  }
  return true;
}

template <bool kReport>
bool Checker<kReport>::object(const ObjectRule& rule, const Object& object, Evaluated* evaluated,
                              const Trail<kReport>& trail) {
  bool valid = true;
  std::size_t required = 0;
  std::size_t index = 0;
  if (!spend(object.size())) return false;
  for (const auto& member_pair : object) {
    const auto name = view(member_pair.key());
    const auto* entry = rule.names.find(name);
    if (entry != nullptr && entry->is_required) ++required;
    bool is_evaluated = false;
    if (!member(rule, entry, name, member_pair.value(), is_evaluated, trail)) {
      if (!kReport || state_.is_exhausted) return false;
      valid = false;
    }
    if (is_evaluated && evaluated != nullptr) evaluated->properties.add(index);
    ++index;
  }
  if (required == rule.required) return valid;
  report_missing(rule, object, trail);
  return false;
}

template <bool kReport>
bool Checker<kReport>::member(const ObjectRule& rule, const NameTable::Entry* entry,
                              std::string_view name, const Value& value, bool& is_evaluated,
                              const Trail<kReport>& trail) {
  const Trail<kReport> below(trail, name);
  bool valid = true;
  if (entry != nullptr && entry->node != kNone) {
    is_evaluated = true;
    valid = check(entry->node, value, nullptr, below);
  }
  for (const auto& [pattern, node] : rule.patterns) {
    const Pattern& expression = program_.patterns[pattern];
    if (!spend(name.size() * expression.size() / kStatesPerStep)) return false;
    if (!expression.matches(name)) continue;
    is_evaluated = true;
    valid = check(node, value, nullptr, below) && valid;
  }
  if (is_evaluated || rule.additional == kNone) return valid;
  is_evaluated = true;
  if (rule.additional == kRefuse) return fail(below, "additionalProperties");
  return check(rule.additional, value, nullptr, below);
}

template <bool kReport>
void Checker<kReport>::report_missing(const ObjectRule& rule, const Object& object,
                                      const Trail<kReport>& trail) {
  if constexpr (kReport) {
    for (const auto& entry : rule.names.entries()) {
      if (!entry.is_required || object.contains(entry.name)) continue;
      fail(Trail<kReport>(trail, entry.name), "required");
    }
  }
}

template <bool kReport>
bool Checker<kReport>::dependent_required(std::uint32_t rules, const Object& object,
                                          const Trail<kReport>& trail) {
  bool valid = true;
  for (const auto& [name, others] : program_.dependent_names[rules]) {
    if (!spend(others.size())) return false;
    if (!object.contains(name)) continue;
    for (const auto& other : others) {
      if (object.contains(other)) continue;
      valid = fail(Trail<kReport>(trail, other), "dependentRequired");
    }
  }
  return valid;
}

template <bool kReport>
bool Checker<kReport>::dependent_schemas(std::uint32_t rules, const Value& value,
                                         Evaluated* evaluated, const Trail<kReport>& trail) {
  bool valid = true;
  for (const auto& [name, node] : program_.dependent_nodes[rules]) {
    if (value.get_object().contains(name)) valid = check(node, value, evaluated, trail) && valid;
  }
  return valid;
}

template <bool kReport>
bool Checker<kReport>::property_names(NodeIndex node, const Object& object,
                                      const Trail<kReport>& trail) {
  bool valid = true;
  for (const auto& member : object) {
    const Value name(member.key());
    if (quietly(node, name, nullptr)) continue;
    valid = fail(Trail<kReport>(trail, view(member.key())), "propertyNames");
    if (!kReport || state_.is_exhausted) return false;
  }
  return valid;
}

template <bool kReport>
bool Checker<kReport>::items(const Instruction& instruction, const Array& array,
                             Evaluated* evaluated, const Trail<kReport>& trail) {
  const auto& first = program_.lists[instruction.a];
  bool valid = true;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const NodeIndex node = i < first.size() ? first[i] : instruction.b;
    if (node == kNone) break;
    if (evaluated != nullptr) evaluated->items.add(i);
    if (check(node, array[i], nullptr, Trail<kReport>(trail, i))) continue;
    if (!kReport || state_.is_exhausted) return false;
    valid = false;
  }
  return valid;
}

template <bool kReport>
bool Checker<kReport>::contains(const ContainsRule& rule, const Array& array, Evaluated* evaluated,
                                const Trail<kReport>& trail) {
  std::uint64_t found = 0;
  const bool marks = evaluated != nullptr && rule.evaluates;
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (!quietly(rule.node, array[i], nullptr)) continue;
    ++found;
    if (marks) evaluated->items.add(i);
    if (!marks && found >= rule.least && rule.most == UINT64_MAX) break;
  }
  if (state_.is_exhausted) return false;
  if (found < rule.least) return fail(trail, rule.least == 1 ? "contains" : "minContains");
  return found <= rule.most || fail(trail, "maxContains");
}

template <bool kReport>
bool Checker<kReport>::quietly(NodeIndex node, const Value& value, Evaluated* evaluated) {
  if constexpr (kReport) {
    return Checker<false>(state_).check(node, value, evaluated, Trail<false>());
  } else {
    return check(node, value, evaluated, Trail<false>());
  }
}

template <bool kReport>
bool Checker<kReport>::in_place(const Instruction& instruction, const Value& value,
                                Evaluated* evaluated, const Trail<kReport>& trail) {
  switch (instruction.op) {
    case Op::all_of: {
      bool valid = true;
      for (const NodeIndex node : program_.lists[instruction.a]) {
        if (check(node, value, evaluated, trail)) continue;
        if (!kReport || state_.is_exhausted) return false;
        valid = false;
      }
      return valid;
    }
    case Op::any_of: return any_of(instruction.a, value, evaluated, trail);
    case Op::one_of: return one_of(instruction.a, value, evaluated, trail);
    case Op::negation: {
      const bool matches = quietly(instruction.a, value, nullptr);
      return !state_.is_exhausted && (!matches || fail(trail, "not"));
    }
    case Op::condition:
      return condition(program_.conditions[instruction.a], value, evaluated, trail);
    case Op::dynamic_reference: return check(dynamic_target(instruction), value, evaluated, trail);
    default: return check(instruction.a, value, evaluated, trail);
  }
}

template <bool kReport>
bool Checker<kReport>::any_of(std::uint32_t list, const Value& value, Evaluated* evaluated,
                              const Trail<kReport>& trail) {
  bool valid = false;
  for (const NodeIndex node : program_.lists[list]) {
    Evaluated own;
    if (!quietly(node, value, evaluated == nullptr ? nullptr : &own)) continue;
    valid = true;
    if (evaluated == nullptr) break;
    evaluated->merge(own);
  }
  return valid || fail(trail, "anyOf");
}

template <bool kReport>
bool Checker<kReport>::one_of(std::uint32_t list, const Value& value, Evaluated* evaluated,
                              const Trail<kReport>& trail) {
  std::size_t valid = 0;
  for (const NodeIndex node : program_.lists[list]) {
    Evaluated own;
    if (!quietly(node, value, evaluated == nullptr ? nullptr : &own)) continue;
    if (++valid > 1) break;
    if (evaluated != nullptr) evaluated->merge(own);
  }
  if (state_.is_exhausted) return false;
  return valid == 1 || fail(trail, "oneOf");
}

template <bool kReport>
bool Checker<kReport>::condition(const ConditionRule& rule, const Value& value,
                                 Evaluated* evaluated, const Trail<kReport>& trail) {
  Evaluated own;
  const bool matches = quietly(rule.condition, value, evaluated == nullptr ? nullptr : &own);
  if (state_.is_exhausted) return false;
  if (matches && evaluated != nullptr) evaluated->merge(own);
  return check(matches ? rule.then_node : rule.else_node, value, evaluated, trail);
}

/// The anchor of the outermost resource that has it.
template <bool kReport>
NodeIndex Checker<kReport>::dynamic_target(const Instruction& instruction) const {
  for (const std::uint32_t resource : state_.scope) {
    const auto found = program_.dynamic_anchors.find({instruction.a, resource});
    if (found != program_.dynamic_anchors.end()) return found->second;
  }
  return instruction.b;
}

template <bool kReport>
bool Checker<kReport>::unevaluated(const Instruction& instruction, const Value& value,
                                   Evaluated& evaluated, const Trail<kReport>& trail) {
  bool valid = true;
  if (instruction.op == Op::unevaluated_items) {
    const auto* array = value.if_array();
    if (array == nullptr) return true;
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (evaluated.items.contains(i)) continue;
      if (quietly(instruction.a, (*array)[i], nullptr)) continue;
      valid = fail(Trail<kReport>(trail, i), "unevaluatedItems");
    }
    evaluated.items.add_all();
    return valid;
  }
  const auto* object = value.if_object();
  if (object == nullptr) return true;
  std::size_t index = 0;
  for (const auto& member : *object) {
    if (!evaluated.properties.contains(index++) &&
        !quietly(instruction.a, member.value(), nullptr)) {
      valid = fail(Trail<kReport>(trail, view(member.key())), "unevaluatedProperties");
    }
  }
  evaluated.properties.add_all();
  return valid;
}

template class Checker<false>;
template class Checker<true>;

}  // namespace sovereign::json::schema
