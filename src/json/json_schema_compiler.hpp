// From a schema document to its program: one node a subschema, compiled from a queue so that
// references may be circular. Every keyword's value is checked for its form here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "json/json_schema_index.hpp"
#include "json/json_schema_program.hpp"

namespace sovereign::json::schema {

class Compiler {
 public:
  explicit Compiler(const SchemaIndex& index) : index_(index) {}

  /// The whole program. Used once.
  Result<Program> run();

 private:
  /// A subschema that has a node already, but no code.
  struct Pending {
    Place place;
    std::string pointer;
    NodeIndex node = kNone;
  };
  struct Keyword;

  static const std::vector<Keyword>& keywords();

  NodeIndex node_of(const Value& schema, std::string pointer);
  NodeIndex node_at(const Place& place, std::string pointer);
  NodeIndex child(std::string_view keyword, const Value& schema) {
    return node_of(schema, under(keyword));
  }
  std::uint32_t list_of(std::string_view keyword, const Value& value);
  void compile(const Pending& pending);
  void compile_object(const Object& schema);
  void emit(Op op, std::uint32_t a = 0, std::uint32_t b = 0) { code_.push_back({op, a, b}); }

  std::string under(std::string_view keyword) const;
  void refuse(std::string_view keyword, std::string_view code, std::string message);
  std::uint32_t count(std::string_view keyword, const Value& value);
  std::uint32_t pattern(std::string_view keyword, std::string_view text);
  std::vector<std::string> names(std::string_view keyword, const Value& value);
  const Object* object(std::string_view keyword, const Value& value);
  const Value* sibling(std::string_view keyword) const { return schema_->if_contains(keyword); }

  void on_type(const Value& value);
  void on_const(const Value& value);
  void on_enum(const Value& value);
  void on_number(const Value& value, std::string_view keyword, Op op);
  void on_multiple_of(const Value& value);
  void on_count(const Value& value, std::string_view keyword, Op op);
  void on_pattern(const Value& value);
  void on_object();
  void read_required(ObjectRule& rule);
  void read_properties(ObjectRule& rule);
  void on_property_names(const Value& value);
  void on_dependent_required(const Value& value);
  void on_dependent_schemas(const Value& value);
  void on_dependencies(const Value& value);
  void on_items();
  void on_unique_items(const Value& value);
  void on_contains(const Value& value);
  void on_all_of(const Value& value) { emit(Op::all_of, list_of("allOf", value)); }
  void on_any_of(const Value& value) { emit(Op::any_of, list_of("anyOf", value)); }
  void on_one_of(const Value& value) { emit(Op::one_of, list_of("oneOf", value)); }
  void on_not(const Value& value) { emit(Op::negation, child("not", value)); }
  void on_if(const Value& value);
  void on_ref(const Value& value);
  void on_dynamic_ref(const Value& value);
  void on_unevaluated_items(const Value& value);
  void on_unevaluated_properties(const Value& value);
  void add_dynamic_anchors(std::uint32_t name);

  const SchemaIndex& index_;
  Program program_;
  std::vector<Pending> queue_;
  std::unordered_map<const Value*, NodeIndex> nodes_;
  std::map<std::string, std::uint32_t, std::less<>> patterns_;
  std::optional<Error> error_;  // The first.

  // Of the subschema at hand.
  const Object* schema_ = nullptr;
  std::uint32_t resource_ = 0;
  std::string pointer_;
  std::vector<Instruction> code_;
};

}  // namespace sovereign::json::schema
