// Runs the official JSON Schema Test Suite (the required tests of drafts 2020-12 and 7), one test a
// file. The suite is Debian's libtest-json-schema-acceptance-perl, or the folder that
// JSON_SCHEMA_TEST_SUITE names.
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "exceptions.hpp"
#include "json/json_schema.hpp"

namespace sovereign::tests {
namespace {

namespace fs = std::filesystem;

constexpr auto kDebianFolder = "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance/tests";
constexpr json::SchemaLimits kGenerous{.bytes = 1 << 20, .depth = 64};

fs::path suite_folder() {
  const char* named = std::getenv("JSON_SCHEMA_TEST_SUITE");
  return named == nullptr ? kDebianFolder : named;
}

/// "draft7/ref.json" and so on; nothing when the suite is not installed.
std::vector<std::string> suite_files() {
  std::vector<std::string> files;
  for (const std::string draft : {"draft2020-12", "draft7"}) {
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(suite_folder() / draft, missing)) {
      if (entry.path().extension() == ".json") {
        files.push_back(draft + "/" + entry.path().filename().string());
      }
    }
  }
  std::ranges::sort(files);
  return files;
}

std::string read_file(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

json::Value parse_suite(const std::string& text) {
  if (auto strict = json::parse(text)) return std::move(*strict);
  // Some strings of the suite hold U+0000, which our own reader refuses.
  return boost::json::parse(text);
}

/// The draft of a file's folder holds for schemas that name none.
json::Value with_draft(const json::Value& schema, const std::string& file) {
  json::Value named = schema;
  if (auto* object = named.if_object(); object != nullptr && file.starts_with("draft7/")) {
    object->emplace("$schema", "http://json-schema.org/draft-07/schema#");
  }
  return named;
}

const SuiteException* exception_of(const std::string& file, std::string_view description) {
  for (const auto& exception : kSuiteExceptions) {
    if (exception.file != file) continue;
    if (exception.description.empty() || exception.description == description) return &exception;
  }
  return nullptr;
}

std::string_view text_of(const json::Value& value) {
  return {value.get_string().data(), value.get_string().size()};
}

/// What goes wrong with one case, a line each.
std::vector<std::string> run_case(const json::Object& suite_case, const std::string& file) {
  const auto compiled = json::compile_schema(with_draft(suite_case.at("schema"), file), kGenerous);
  if (!compiled) {
    const auto& error = compiled.error();
    return {"refused: " + (error.fields.empty() ? error.detail
                                                : error.fields.front().pointer + ": " +
                                                      error.fields.front().message)};
  }
  std::vector<std::string> wrong;
  for (const auto& test : suite_case.at("tests").get_array()) {
    const auto& fields = test.get_object();
    const bool wanted = fields.at("valid").get_bool();
    const auto problems = compiled->problems(fields.at("data"));
    if (compiled->accepts(fields.at("data")) == wanted && problems.empty() == wanted) continue;
    wrong.push_back((wanted ? "should be valid: " : "should be invalid: ") +
                    std::string(text_of(fields.at("description"))));
  }
  return wrong;
}

class JsonSchemaSuite : public testing::TestWithParam<std::string> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JsonSchemaSuite);

TEST_P(JsonSchemaSuite, PassesAllButTheListedCases) {
  const auto& file = GetParam();
  for (const auto& item : parse_suite(read_file(suite_folder() / file)).get_array()) {
    const auto& suite_case = item.get_object();
    const std::string description(text_of(suite_case.at("description")));
    const auto wrong = run_case(suite_case, file);
    if (const auto* exception = exception_of(file, description)) {
      EXPECT_FALSE(wrong.empty()) << description << " passes, though it " << exception->reason;
      continue;
    }
    for (const auto& line : wrong) ADD_FAILURE() << description << ": " << line;
  }
}

std::string test_name(const testing::TestParamInfo<std::string>& file) {
  std::string name = file.param.substr(0, file.param.size() - std::string(".json").size());
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Official, JsonSchemaSuite, testing::ValuesIn(suite_files()), test_name);

TEST(JsonSchemaSuiteFolder, HoldsTheSuite) {
  if (suite_files().empty()) {
    GTEST_SKIP() << "the JSON Schema Test Suite is not installed; tools/setup test does it";
  }
  EXPECT_GE(suite_files().size(), 70U);
}

}  // namespace
}  // namespace sovereign::tests
