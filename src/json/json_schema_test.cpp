#include "json/json_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "json/number.hpp"
#include "json/pattern.hpp"
#include "json/uri_reference.hpp"

namespace sovereign::json {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

Value parsed(std::string_view text) {
  auto value = parse(text);
  EXPECT_TRUE(value) << text;
  return std::move(*value);
}

CompiledSchema compiled(std::string_view text, const SchemaLimits& limits = {}) {
  auto schema = compile_schema(parsed(text), limits);
  if (!schema) throw std::runtime_error(schema.error().detail);
  return std::move(*schema);
}

Error refusal(std::string_view text, const SchemaLimits& limits = {}) {
  const auto schema = compile_schema(parsed(text), limits);
  EXPECT_FALSE(schema) << text;
  return schema ? Error{} : schema.error();
}

bool accepts(std::string_view schema, std::string_view document) {
  return compiled(schema).accepts(parsed(document));
}

auto problem(std::string_view pointer, std::string_view code) {
  return testing::AllOf(Field(&base::FieldError::pointer, pointer),
                        Field(&base::FieldError::code, code));
}

constexpr auto kTool = R"({
  "type": "object",
  "properties": {
    "path": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[a-z/]+$"},
    "lines": {"type": "integer", "minimum": 1, "maximum": 1000},
    "mode": {"enum": ["head", "tail"]},
    "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3, "uniqueItems": true}
  },
  "required": ["path", "mode"],
  "additionalProperties": false
})";

TEST(JsonSchema, SaysEveryProblemWithItsPlaceAndNoValue) {
  const auto schema = compiled(kTool);
  const auto problems = schema.problems(
      parsed(R"({"path": "SECRET", "lines": 0, "tags": ["a", 7, "a", "b"], "extra~/name": 1})"));
  EXPECT_THAT(
      problems,
      testing::UnorderedElementsAre(
          problem("/path", "pattern"), problem("/lines", "minimum"), problem("/tags/1", "type"),
          problem("/tags", "uniqueItems"), problem("/tags", "maxItems"),
          problem("/extra~0~1name", "additionalProperties"), problem("/mode", "required")));
  for (const auto& each : problems) EXPECT_THAT(each.message, Not(HasSubstr("SECRET")));
}

TEST(JsonSchema, AcceptsWhatHasNoProblems) {
  const auto schema = compiled(kTool);
  const auto document = parsed(R"({"path": "a/b", "mode": "tail", "lines": 10.0, "tags": ["x"]})");
  EXPECT_TRUE(schema.accepts(document));
  EXPECT_TRUE(schema.problems(document).empty());
  EXPECT_TRUE(schema.validate(document));
}

TEST(JsonSchema, ReportsNoMoreProblemsThanAsked) {
  const auto schema = compiled(R"({"items": {"type": "string"}})");
  EXPECT_EQ(schema.problems(parsed("[1, 2, 3, 4]"), 2).size(), 2U);
}

TEST(JsonSchema, CutsLongNamesInPointers) {
  const auto schema = compiled(R"({"additionalProperties": false})");
  const auto problems = schema.problems(parsed("{\"" + std::string(5000, 'x') + "\": 1}"));
  EXPECT_THAT(problems, ElementsAre(Field(&base::FieldError::pointer, testing::SizeIs(129))));
}

TEST(JsonSchema, RefusesReferencesOutOfTheDocument) {
  for (const auto* schema :
       {R"({"$ref": "https://example.org/other"})", R"({"$ref": "#/$defs/none"})",
        R"({"$ref": "file:///etc/passwd"})", R"({"$dynamicRef": "#nowhere"})"}) {
    EXPECT_EQ(refusal(schema).fields.front().code, "reference") << schema;
  }
}

TEST(JsonSchema, RefusesKeywordsOfTheWrongForm) {
  for (const auto* schema : {R"({"type": "text"})",
                             R"({"type": []})",
                             R"({"minLength": -1})",
                             R"({"minLength": 1.5})",
                             R"({"required": "a"})",
                             R"({"required": [1]})",
                             R"({"properties": []})",
                             R"({"properties": {"a": 1}})",
                             R"({"allOf": []})",
                             R"({"allOf": {}})",
                             R"({"items": 3})",
                             R"({"multipleOf": 0})",
                             R"({"enum": 1})",
                             R"({"minimum": "1"})",
                             R"({"uniqueItems": 1})",
                             R"({"pattern": 1})",
                             R"({"$ref": 1})",
                             R"({"$id": 1})",
                             R"({"$id": "a#b"})",
                             R"({"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}})",
                             R"({"$defs": {"a": {"$id": "x"}, "b": {"$id": "x"}}})",
                             R"({"dependentRequired": 1})",
                             R"({"patternProperties": {"(": true}})",
                             R"({"$schema": "http://example.org/"})",
                             "3",
                             R"("text")",
                             "[]"}) {
    EXPECT_EQ(refusal(schema).code, ErrorCode::unprocessable) << schema;
  }
}

TEST(JsonSchema, NamesThePlaceOfAWrongKeyword) {
  EXPECT_EQ(refusal(R"({"properties": {"a/b": {"items": {"type": "x"}}}})").fields.front().pointer,
            "/properties/a~1b/items/type");
}

TEST(JsonSchema, RefusesSchemasOverTheLimits) {
  const std::string deep = R"({"not":{"not":{"not":{"not":true}}}})";
  EXPECT_EQ(refusal(deep, {.depth = 3}).code, ErrorCode::too_large);
  EXPECT_TRUE(compile_schema(parsed(deep), {.depth = 4}));
  const std::string large = "{\"$comment\":\"" + std::string(100, 'x') + "\"}";
  EXPECT_EQ(refusal(large, {.bytes = 100}).code, ErrorCode::too_large);
}

TEST(JsonSchema, EndsWhenReferencesRunInCircles) {
  EXPECT_FALSE(accepts(R"({"$ref": "#"})", "1"));
  EXPECT_THAT(compiled(R"({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]})").problems(parsed("1")),
              ElementsAre(problem("", "too_complex")));
}

/// Each level checks the next twice: 2^40 checks without a bound on work.
std::string doubling_schema() {
  std::string schema = R"({"$ref": "#/$defs/d0", "$defs": {)";
  for (int i = 0; i < 40; ++i) {
    const auto next = "{\"$ref\": \"#/$defs/d" + std::to_string(i + 1) + "\"}";
    schema += "\"d" + std::to_string(i) + "\": {\"allOf\": [" + next + ", " + next + "]}, ";
  }
  return schema + R"("d40": {"type": "integer"}}})";
}

TEST(JsonSchema, BoundsTheWorkOfOneCheck) {
  const auto schema = compiled(doubling_schema(), {.steps = 10'000});
  EXPECT_FALSE(schema.accepts(parsed("1")));
  EXPECT_THAT(schema.problems(parsed("1")), ElementsAre(problem("", "too_complex")));
}

TEST(JsonSchema, ANegationOfWhatIsTooComplexIsNotValid) {
  const auto schema =
      compiled(R"({"not": {"pattern": "^(a|b|ab)*c$"}})", SchemaLimits{.steps = 1000});
  EXPECT_FALSE(schema.accepts(Value(std::string(1'000'000, 'a'))));
}

TEST(JsonSchema, ReadsTheKeywordsOfTheDraftNamed) {
  constexpr auto kOld = R"({"$schema": "http://json-schema.org/draft-07/schema#",
    "items": [{"type": "string"}], "additionalItems": false, "dependentRequired": 1})";
  EXPECT_TRUE(accepts(kOld, R"(["a"])"));
  EXPECT_FALSE(accepts(kOld, R"(["a", "b"])"));
  EXPECT_FALSE(accepts(R"({"prefixItems": [{"type": "string"}], "items": false})", R"(["a", 1])"));
}

TEST(JsonSchema, FormatsAreAnnotations) {
  EXPECT_TRUE(accepts(R"({"format": "email"})", R"("no address")"));
}

TEST(JsonSchema, FindsNamesAmongMany) {
  std::string properties;
  for (int i = 0; i < 40; ++i) {
    properties +=
        (i == 0 ? "" : ", ") + ("\"name" + std::to_string(i) + "\": {\"type\": \"null\"}");
  }
  const auto schema =
      compiled("{\"properties\": {" + properties + "}, \"additionalProperties\": false}");
  EXPECT_TRUE(schema.accepts(parsed(R"({"name0": null, "name39": null})")));
  EXPECT_FALSE(schema.accepts(parsed(R"({"name40": null})")));
  EXPECT_FALSE(schema.accepts(parsed(R"({"name7": 1})")));
}

TEST(JsonSchema, TracksEvaluationPastTheFirst64) {
  const auto schema = compiled(
      R"({"allOf": [{"patternProperties": {"^a": true}}], "unevaluatedProperties": false})");
  std::string members;
  for (int i = 0; i < 200; ++i) members += "\"a" + std::to_string(i) + "\": 1, ";
  EXPECT_TRUE(schema.accepts(parsed("{" + members + "\"a\": 1}")));
  EXPECT_THAT(schema.problems(parsed("{" + members + "\"b\": 1}")),
              ElementsAre(problem("/b", "unevaluatedProperties")));
}

TEST(JsonNumbers, CompareExactly) {
  const auto compare = [](std::string_view left, std::string_view right) {
    return Number(parsed(left)).compare(Number(parsed(right)));
  };
  EXPECT_EQ(compare("1", "1.0"), 0);
  EXPECT_GT(compare("9007199254740993", "9007199254740992.0"), 0);
  EXPECT_LT(compare("18446744073709551615", "18446744073709551616.0"), 0);
  EXPECT_LT(compare("-9223372036854775808", "9223372036854775808"), 0);
}

TEST(JsonNumbers, MultiplesAreThoseOfTheDecimalsWritten) {
  const auto is_multiple = [](std::string_view number, std::string_view divisor) {
    return Decimal::of(parsed(number)).is_multiple_of(Decimal::of(parsed(divisor)));
  };
  EXPECT_TRUE(is_multiple("0.0075", "0.0001"));
  EXPECT_TRUE(is_multiple("1.1", "0.1"));
  EXPECT_FALSE(is_multiple("0.00751", "0.0001"));
  EXPECT_TRUE(is_multiple("1e308", "2"));
  EXPECT_TRUE(is_multiple("12391239123", "1e-8"));
  EXPECT_FALSE(is_multiple("1e-300", "1e300"));
  EXPECT_TRUE(is_multiple("18446744073709551615", "5"));
  EXPECT_TRUE(is_multiple("-9223372036854775808", "2"));
  EXPECT_TRUE(is_multiple("0", "7"));
  EXPECT_TRUE(is_multiple("0.0", "1e300"));
}

TEST(JsonEquality, ComparesNumbersByValueAndMembersInAnyOrder) {
  const auto left = parsed(R"({"a": [1, 2.0], "b": null})");
  const auto right = parsed(R"({"b": null, "a": [1.0, 2]})");
  EXPECT_TRUE(equal(left, right));
  EXPECT_EQ(hash(left), hash(right));
  EXPECT_FALSE(equal(left, parsed(R"({"a": [2, 1], "b": null})")));
  EXPECT_FALSE(equal(parsed("[false]"), parsed("[0]")));
}

struct PatternCase {
  std::string_view pattern;
  std::string_view text;
  bool matches;
};

TEST(JsonPattern, MeansWhatEcmaScriptMeans) {
  for (const auto& [pattern, text, matches] :
       std::initializer_list<PatternCase>{{"a+", "xxaayy", true},
                                          {"^a$", "a\n", false},
                                          {"^.$", "\u2028", false},
                                          {"^\\s$", "\u00a0", true},
                                          {"^[\\s]$", "\ufeff", true},
                                          {"^\\S$", "\u00a0", false},
                                          {"^[^\\S]$", "\u2003", true},
                                          {"^\\w$", "\u00e9", false},
                                          {"^\\d$", "\u0967", false},
                                          {"^\\u00e9$", "\u00e9", true},
                                          {"^\\ud83d\\ude00$", "\U0001f600", true},
                                          {"^\\u{1f600}$", "\U0001f600", true},
                                          {"^\\x41\\cJ\\0?$", "A\n", true},
                                          {"^[[:alpha:]]$", "a]", true},
                                          {"^[]$", "", false},
                                          {"^[^]$", "\n", true},
                                          {"^\\p{Letter}+$", "\u00e9a", true},
                                          {"^\\p{L}\\P{L}$", "a1", true},
                                          {"^\\p{Script=Greek}$", "\u03b1", true},
                                          {"^[\\p{LC}]$", "\u03b1", true},
                                          {"^(?<year>\\d{4})-\\d{2}$", "2024-12", true},
                                          {"^a\\/b\\-c\\.d$", "a/b-c.d", true},
                                          {"^[\\b]$", "\b", true},
                                          {"\\bword\\b", "a word here", true}}) {
    const auto compiled = Pattern::compile(pattern);
    ASSERT_TRUE(compiled) << pattern;
    EXPECT_EQ(compiled->matches(text), matches) << pattern;
  }
}

TEST(JsonPattern, RefusesWhatCannotRunInLinearTimeOrIsNotEcmaScript) {
  for (const auto* pattern : {"(?=a)",   "(?!a)",
                              "(?<=a)",  "(?<!a)",
                              "(a)\\1",  "(?<n>a)\\k<n>",
                              "\\A",     "\\z",
                              "\\Qa\\E", "\\C",
                              "(?i)a",   "(?P<n>a)",
                              "\\",      "\\u12",
                              "\\u{}",   "\\u{1234567}",
                              "\\x4",    "\\c1",
                              "\\p",     "\\p{Nothing}",
                              "(",       "[",
                              "a{2000}", "(((a{99}){99}){99})",
                              "\\a"}) {
    EXPECT_FALSE(Pattern::compile(pattern)) << pattern;
  }
}

TEST(JsonUriReference, ResolvesAsRfc3986Says) {
  constexpr auto kBase = "http://a/b/c/d;p?q";
  for (const auto& [reference, wanted] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"g:h", "g:h"},
           {"g", "http://a/b/c/g"},
           {"./g", "http://a/b/c/g"},
           {"g/", "http://a/b/c/g/"},
           {"/g", "http://a/g"},
           {"//g", "http://g"},
           {"?y", "http://a/b/c/d;p?y"},
           {"g?y", "http://a/b/c/g?y"},
           {";x", "http://a/b/c/;x"},
           {"", "http://a/b/c/d;p?q"},
           {".", "http://a/b/c/"},
           {"..", "http://a/b/"},
           {"../g", "http://a/b/g"},
           {"../..", "http://a/"},
           {"../../../g", "http://a/g"},
           {"/./g", "http://a/g"},
           {"g.", "http://a/b/c/g."},
           {"./g/.", "http://a/b/c/g/"},
           {"g/../h", "http://a/b/c/h"}}) {
    EXPECT_EQ(resolve_uri(kBase, reference).uri, wanted) << reference;
  }
  EXPECT_EQ(resolve_uri("", "other.json#/x").uri, "other.json");
  EXPECT_EQ(resolve_uri("urn:x:y", "#part").uri, "urn:x:y");
  EXPECT_EQ(resolve_uri("urn:x:y", "#part").fragment, "part");
}

}  // namespace
}  // namespace sovereign::json
