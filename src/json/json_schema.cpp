#include "json/json_schema.hpp"

#include <fmt/format.h>

#include "json/json_schema_checker.hpp"
#include "json/json_schema_compiler.hpp"
#include "json/json_schema_index.hpp"
#include "json/json_schema_message.hpp"
#include "json/write.hpp"

namespace sovereign::json {
namespace {

std::size_t depth_of(const Value& value) {
  std::size_t deepest = 0;
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) deepest = std::max(deepest, depth_of(item));
    return deepest + 1;
  }
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) deepest = std::max(deepest, depth_of(member.value()));
    return deepest + 1;
  }
  return 0;
}

Result<void> check_limits(const Value& schema, const SchemaLimits& limits) {
  if (depth_of(schema) > limits.depth) {
    return base::fail(ErrorCode::too_large,
                      fmt::format("A schema may be nested {} levels deep.", limits.depth));
  }
  if (to_text(schema).size() > limits.bytes) {
    return base::fail(ErrorCode::too_large,
                      fmt::format("A schema may have {} bytes.", limits.bytes));
  }
  return {};
}

}  // namespace

Result<CompiledSchema> compile_schema(const Value& schema, const SchemaLimits& limits) {
  if (auto checked = check_limits(schema, limits); !checked) return Failure(checked.error());
  const auto draft = schema::draft_of(schema);
  if (!draft) return Failure(draft.error());
  const auto index = schema::SchemaIndex::build(schema, *draft);
  if (!index) return Failure(index.error());
  auto program = schema::Compiler(*index).run();
  if (!program) return Failure(std::move(program.error()));
  program->steps = limits.steps;
  return CompiledSchema(std::make_shared<const schema::Program>(std::move(*program)));
}

bool CompiledSchema::accepts(const Value& document) const {
  schema::CheckState state{.program = *program_, .steps = program_->steps};
  const bool valid = schema::Checker<false>(state).check(program_->root, document, nullptr, {});
  return valid && !state.is_exhausted;
}

std::vector<base::FieldError> CompiledSchema::problems(const Value& document,
                                                       std::size_t most) const {
  std::vector<base::FieldError> problems;
  schema::CheckState state{.program = *program_, .steps = program_->steps};
  schema::Checker<true> checker(state, problems, most);
  checker.check(program_->root, document, nullptr, {});
  if (state.is_exhausted) {
    problems = {{"", "too_complex", std::string(schema::message_of("too_complex"))}};
  }
  return problems;
}

Result<void> CompiledSchema::validate(const Value& document) const {
  if (accepts(document)) return {};
  Error error{.code = ErrorCode::unprocessable,
              .detail = "The document is not as its schema wants it.",
              .fields = problems(document)};
  return Failure(std::move(error));
}

}  // namespace sovereign::json
