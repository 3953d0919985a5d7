// Runs a schema's program over a document. One class for both ways of asking: whether it is valid
// (stops at the first no, keeps no places) and what is wrong (goes on, with pointers).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/json_schema_program.hpp"

namespace sovereign::json::schema {

/// Members or items of one value, by their index.
class IndexSet {
 public:
  void add(std::size_t index);
  void add_all() { all_ = true; }
  void merge(const IndexSet& other);
  bool contains(std::size_t index) const;

 private:
  bool all_ = false;
  std::uint64_t first_ = 0;          // Indexes below 64.
  std::vector<std::uint64_t> more_;  // The others.
};

/// What has been checked by a schema of its own so far, of one object and of one array.
struct Evaluated {
  IndexSet properties;
  IndexSet items;

  void merge(const Evaluated& other);
};

/// What nested checks of one document share.
struct CheckState {
  const Program& program;
  std::size_t steps;          ///< Left.
  std::size_t depth = 0;      ///< Of nested nodes.
  bool is_exhausted = false;  ///< The work or the nesting was too much; nothing is valid then.
  std::vector<std::uint32_t> scope = {};  ///< Resources entered, the outermost first.
};

/// The way to a value, from the inside out; nothing when no problems are wanted.
template <bool kReport>
struct Trail {
  Trail() = default;
  Trail(const Trail& up, std::string_view name) : up(&up), name(name) {}
  Trail(const Trail& up, std::size_t index) : up(&up), index(index) {}

  const Trail* up = nullptr;
  std::string_view name = {};
  std::size_t index = SIZE_MAX;
};

template <>
struct Trail<false> {
  Trail() = default;
  Trail(const Trail&, std::string_view) {}
  Trail(const Trail&, std::size_t) {}
};

template <bool kReport>
class Checker {
 public:
  explicit Checker(CheckState& state) : program_(state.program), state_(state) {}
  Checker(CheckState& state, std::vector<base::FieldError>& problems, std::size_t most)
    requires kReport
      : program_(state.program), state_(state), problems_(&problems), most_(most) {}

  /// Whether `value` holds to `node`. With `evaluated`, marks what was checked, also when it fails.
  bool check(NodeIndex node, const Value& value, Evaluated* evaluated, const Trail<kReport>& trail);

 private:
  bool run(const Node& node, const Value& value, Evaluated* evaluated, const Trail<kReport>& trail);
  bool step(const Instruction& instruction, const Value& value, Evaluated* evaluated,
            const Trail<kReport>& trail);
  bool assertion(const Instruction& instruction, const Value& value, const Trail<kReport>& trail);
  bool number(const Instruction& instruction, const Value& value, const Trail<kReport>& trail);
  bool string(const Instruction& instruction, const Value& value, const Trail<kReport>& trail);
  bool size(const Instruction& instruction, const Value& value, const Trail<kReport>& trail);
  bool enumeration(const EnumRule& rule, const Value& value, const Trail<kReport>& trail);
  bool unique(const Array& items, const Trail<kReport>& trail);

  bool object(const ObjectRule& rule, const Object& object, Evaluated* evaluated,
              const Trail<kReport>& trail);
  bool member(const ObjectRule& rule, const NameTable::Entry* entry, std::string_view name,
              const Value& value, bool& is_evaluated, const Trail<kReport>& trail);
  void report_missing(const ObjectRule& rule, const Object& object, const Trail<kReport>& trail);
  bool dependent_required(std::uint32_t rules, const Object& object, const Trail<kReport>& trail);
  bool dependent_schemas(std::uint32_t rules, const Value& value, Evaluated* evaluated,
                         const Trail<kReport>& trail);
  bool property_names(NodeIndex node, const Object& object, const Trail<kReport>& trail);
  bool items(const Instruction& instruction, const Array& array, Evaluated* evaluated,
             const Trail<kReport>& trail);
  bool contains(const ContainsRule& rule, const Array& array, Evaluated* evaluated,
                const Trail<kReport>& trail);

  bool in_place(const Instruction& instruction, const Value& value, Evaluated* evaluated,
                const Trail<kReport>& trail);
  bool quietly(NodeIndex node, const Value& value, Evaluated* evaluated);
  bool any_of(std::uint32_t list, const Value& value, Evaluated* evaluated,
              const Trail<kReport>& trail);
  bool one_of(std::uint32_t list, const Value& value, Evaluated* evaluated,
              const Trail<kReport>& trail);
  bool condition(const ConditionRule& rule, const Value& value, Evaluated* evaluated,
                 const Trail<kReport>& trail);
  NodeIndex dynamic_target(const Instruction& instruction) const;
  bool unevaluated(const Instruction& instruction, const Value& value, Evaluated& evaluated,
                   const Trail<kReport>& trail);

  /// False; notes the problem when problems are wanted.
  bool fail(const Trail<kReport>& trail, std::string_view code);
  bool fail(const Trail<kReport>& trail, std::string_view code, const Value& bound);
  bool spend(std::size_t steps);

  const Program& program_;
  CheckState& state_;
  std::vector<base::FieldError>* problems_ = nullptr;
  std::size_t most_ = 0;
};

extern template class Checker<false>;
extern template class Checker<true>;

}  // namespace sovereign::json::schema
