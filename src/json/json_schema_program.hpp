// What a schema compiles to: nodes (one a subschema) that are ranges of instructions, with the
// operands of instructions in tables beside. Written by the compiler, read by the checker.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json/number.hpp"
#include "json/parse.hpp"
#include "json/pattern.hpp"

namespace sovereign::json::schema {

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex kAccept = 0;  ///< The schema `true`.
inline constexpr NodeIndex kRefuse = 1;  ///< The schema `false`.
inline constexpr NodeIndex kNone = 0xffffffff;

/// What an instruction checks; `a` and `b` are its operands.
enum class Op : std::uint8_t {
  type,         ///< a: mask of Type.
  constant,     ///< a: constants.
  enumeration,  ///< a: enumerations.
  minimum,      ///< a: numbers.
  exclusive_minimum,
  maximum,
  exclusive_maximum,
  multiple_of,  ///< a: divisors.
  min_length,   ///< a: code points.
  max_length,
  pattern,         ///< a: patterns.
  object,          ///< a: objects.
  min_properties,  ///< a: members.
  max_properties,
  property_names,      ///< a: node.
  dependent_required,  ///< a: dependent_names.
  dependent_schemas,   ///< a: dependent_nodes.
  items,               ///< a: lists, the nodes of the first items; b: node of the others, or kNone.
  min_items,           ///< a: items.
  max_items,
  unique_items,
  contains,  ///< a: contains.
  all_of,    ///< a: lists.
  any_of,
  one_of,
  negation,           ///< a: node.
  condition,          ///< a: conditions.
  reference,          ///< a: node.
  dynamic_reference,  ///< a: anchor name, b: node when no outer resource has that anchor.
  unevaluated_items,  ///< a: node.
  unevaluated_properties,
};

/// Types as a mask; an integer is also a number.
enum Type : std::uint8_t {
  kNull = 1,
  kBoolean = 2,
  kObject = 4,
  kArray = 8,
  kString = 16,
  kInteger = 32,
  kNumber = 64,
};

struct Instruction {
  Op op;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};

struct Node {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t resource = 0;    ///< The schema resource it is in, for dynamic references.
  bool reads_evaluated = false;  ///< Has an unevaluated_ instruction.
};

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

/// Names known to an object's schema: few are compared one by one, many are hashed.
class NameTable {
 public:
  struct Entry {
    std::string name;
    NodeIndex node = kNone;  ///< Its schema in `properties`.
    bool is_required = false;
  };

  /// The entry of `name`, added when there is none.
  Entry& entry(std::string_view name);
  const Entry* find(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  static constexpr std::size_t kCompared = 8;

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t, StringHash, std::equal_to<>> places_;
};

/// `properties`, `patternProperties`, `additionalProperties` and `required` in one walk.
struct ObjectRule {
  NameTable names;
  std::vector<std::pair<std::uint32_t, NodeIndex>> patterns;  ///< Pattern and node.
  NodeIndex additional = kNone;
  std::size_t required = 0;  ///< How many entries are.
};

struct ContainsRule {
  NodeIndex node = kAccept;
  std::uint64_t least = 1;
  std::uint64_t most = UINT64_MAX;
  bool evaluates = true;  ///< Whether items found count as evaluated (2020-12).
};

struct EnumRule {
  std::vector<Value> values;
};

struct ConditionRule {
  NodeIndex condition = kAccept;
  NodeIndex then_node = kAccept;
  NodeIndex else_node = kAccept;
};

struct Program {
  std::vector<Node> nodes;
  std::vector<Instruction> code;
  std::vector<Value> constants;
  std::vector<EnumRule> enumerations;
  std::vector<Value> bounds;  ///< Numbers as the schema has them.
  std::vector<Decimal> divisors;
  std::vector<Pattern> patterns;
  std::vector<ObjectRule> objects;
  std::vector<std::vector<NodeIndex>> lists;
  std::vector<ContainsRule> contains;
  std::vector<ConditionRule> conditions;
  std::vector<std::vector<std::pair<std::string, std::vector<std::string>>>> dependent_names;
  std::vector<std::vector<std::pair<std::string, NodeIndex>>> dependent_nodes;
  /// The node of a dynamic anchor: by name (as in the instruction) and resource.
  std::map<std::pair<std::uint32_t, std::uint32_t>, NodeIndex> dynamic_anchors;
  NodeIndex root = kAccept;
  std::size_t steps = 0;  ///< SchemaLimits::steps.
};

}  // namespace sovereign::json::schema
