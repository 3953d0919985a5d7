// What checking a tool's input against its schema costs, beside parsing it, and what compiling the
// schema costs.
#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string_view>

#include "json/json_schema.hpp"
#include "json/parse.hpp"

namespace sovereign::bench {
namespace {

constexpr std::string_view kSchema = R"({
  "type": "object",
  "properties": {
    "path": {"type": "string", "minLength": 1, "maxLength": 4096},
    "query": {"type": "string", "maxLength": 200},
    "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
    "mode": {"enum": ["head", "tail", "grep"]},
    "filters": {"type": "array", "maxItems": 20, "items": {
      "type": "object",
      "properties": {"field": {"type": "string"}, "value": {"type": ["string", "number"]}},
      "required": ["field", "value"], "additionalProperties": false}}
  },
  "required": ["path"],
  "additionalProperties": false
})";

// 256 bytes.
constexpr std::string_view kInput =
    R"({"path":"/home/someone/projects/sovereign/notes/2024/summary-of-the-year.md",)"
    R"("query":"what was decided about the router and its limits","limit":50,"mode":"grep",)"
    R"("filters":[{"field":"author","value":"someone"},{"field":"year","value":2024}]})";

json::Value parsed(std::string_view text) {
  auto value = json::parse(text);
  if (!value) throw std::runtime_error("not JSON");
  return std::move(*value);
}

json::CompiledSchema compiled() {
  auto schema = json::compile_schema(parsed(kSchema));
  if (!schema) throw std::runtime_error("not a schema");
  return std::move(*schema);
}

void BM_Parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(json::parse(kInput));
}
BENCHMARK(BM_Parse);

void BM_Accept(benchmark::State& state) {
  const auto schema = compiled();
  const auto input = parsed(kInput);
  if (!schema.accepts(input)) state.SkipWithError("the input should be valid");
  for (auto _ : state) benchmark::DoNotOptimize(schema.accepts(input));
}
BENCHMARK(BM_Accept);

void BM_Problems(benchmark::State& state) {
  const auto schema = compiled();
  const auto input = parsed(R"({"path":"","limit":0,"mode":"none","filters":[{"field":1}]})");
  for (auto _ : state) benchmark::DoNotOptimize(schema.problems(input));
}
BENCHMARK(BM_Problems);

void BM_Compile(benchmark::State& state) {
  const auto schema = parsed(kSchema);
  for (auto _ : state) benchmark::DoNotOptimize(json::compile_schema(schema));
}
BENCHMARK(BM_Compile);

}  // namespace
}  // namespace sovereign::bench
