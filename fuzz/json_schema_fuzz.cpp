// The schema compiler and checker: the first line is a schema, the rest a document. Both ways of
// asking agree, and neither takes long.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/json_schema.hpp"
#include "json/parse.hpp"

namespace json = sovereign::json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return 0;
  const auto schema = json::parse(text.substr(0, end));
  const auto document = json::parse(text.substr(end + 1));
  if (!schema || !document) return 0;
  const auto compiled = json::compile_schema(*schema, {.steps = 100'000});
  if (!compiled) return 0;
  const bool accepted = compiled->accepts(*document);
  const auto problems = compiled->problems(*document);
  // The report looks further than the first problem, so only it may run out of steps.
  const bool ran_out = !problems.empty() && problems.front().code == "too_complex";
  if (accepted != problems.empty() && !ran_out) std::abort();
  if (problems.size() > json::CompiledSchema::kMaxProblems) std::abort();
  return 0;
}
