// JSON Schema validation (drafts 2020-12 and 7): a schema is compiled once into a flat program and
// then checked against many documents without looking keywords up again.
//
// Both schema and document may be hostile: sizes, nesting and the work of one check are bounded,
// regular expressions run in linear time, and nothing is ever fetched (a $ref that leaves the
// document is refused). `format` and the content keywords are annotations: they never fail.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "json/parse.hpp"

namespace sovereign::json {

namespace schema {
struct Program;
}

struct SchemaLimits {
  std::size_t bytes = 65536;  ///< Of the schema, as compact JSON.
  std::size_t depth = 16;     ///< Nested arrays and objects in the schema.
  /// Work of one check: a keyword on a value costs about one, a pattern what it may cost. A check
  /// that runs out fails with the problem `too_complex`. The default is below a second at worst.
  std::size_t steps = 4'000'000;
};

/// A schema ready to check documents. Cheap to copy; may be used from many threads.
class CompiledSchema {
 public:
  /// Whether `document` is valid. The fast way: about a microsecond for the input of a tool.
  bool accepts(const Value& document) const;

  /// What is wrong with `document`, at most `most` problems, each with a pointer into it, the
  /// keyword as code and a sentence; never a value of the document. Empty when it is valid.
  std::vector<base::FieldError> problems(const Value& document,
                                         std::size_t most = kMaxProblems) const;

  /// Nothing, or `unprocessable` with the problems.
  Result<void> validate(const Value& document) const;

  static constexpr std::size_t kMaxProblems = 20;

 private:
  friend Result<CompiledSchema> compile_schema(const Value& schema, const SchemaLimits& limits);
  explicit CompiledSchema(std::shared_ptr<const schema::Program> program)
      : program_(std::move(program)) {}

  std::shared_ptr<const schema::Program> program_;  // Shared by the copies; immutable.
};

/// Compiles `schema`, which is not needed afterwards. The draft is what `$schema` names, 2020-12
/// without one. Errors: `too_large` past the limits; `unprocessable`, with a pointer into the
/// schema, for another draft, a keyword whose value is not of its form, a reference that does not
/// resolve within the document, and a pattern that cannot run in linear time (look-around and
/// back-references).
Result<CompiledSchema> compile_schema(const Value& schema, const SchemaLimits& limits = {});

}  // namespace sovereign::json
