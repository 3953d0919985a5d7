#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/canonical.hpp"
#include "json/parse.hpp"
#include "json/read.hpp"
#include "json/schema.hpp"
#include "json/write.hpp"

namespace sovereign::json {

enum class Colour { red, blue };

struct Inner {
  std::int64_t count = 0;
  std::optional<double> ratio;
};

struct Sample {
  std::string title;
  Colour colour = Colour::red;
  std::vector<std::string> words;
  std::optional<Inner> inner;
  Raw extra;
  bool flag = false;
};

template <>
struct Names<Colour> {
  static constexpr std::array values = {EnumName{Colour::red, "red"},
                                        EnumName{Colour::blue, "blue"}};
};

template <>
struct Table<Inner> {
  static constexpr std::string_view name = "Inner";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("count", &Inner::count, {.minimum = 0, .maximum = 10}), field("ratio", &Inner::ratio)};
};

constexpr Rule kNoSpace{"space",
                        "This may not hold a space.",
                        [](std::string_view text) { return text.find(' ') == text.npos; },
                        {},
                        "^[^ ]*$"};

template <>
struct Table<Sample> {
  static constexpr std::string_view name = "Sample";
  static constexpr Members members = Members::closed;
  static constexpr auto fields = std::tuple{
      field("title", &Sample::title,
            {.description = "A name.",
             .example = R"("x")",
             .alias = "name",
             .min_length = 1,
             .max_length = 5}),
      field("colour", &Sample::colour, {.optional = true}),
      field("words", &Sample::words, {.optional = true, .max_items = 2, .rule = &kNoSpace}),
      field("inner", &Sample::inner),
      field("extra", &Sample::extra, {.optional = true, .max_bytes = 20}),
      field("flag", &Sample::flag, {.optional = true}),
  };
};

namespace {

std::vector<std::string> problems(std::string_view text) {
  const auto result = read_text<Sample>(text);
  std::vector<std::string> found;
  if (result) return found;
  for (const auto& field : result.error().fields) found.push_back(field.pointer + " " + field.code);
  return found;
}

using testing::ElementsAre;

TEST(Parse, RefusesWhatIsNotJsonAsMalformed) {
  for (const char* text : {"", "{", "{]", "nul", "{\"a\":1}x", "[1,]", "'a'", "\"\xff\"",
                           "\"a\nb\"", "01", "NaN", "// c\n1"}) {
    const auto result = parse(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::malformed) << text;
  }
}

TEST(Parse, RefusesRepeatedNamesAtAnyDepthButNotAcrossObjects) {
  EXPECT_EQ(parse(R"([{"a":1,"b":{"c":1,"\u0063":2}}])").error().fields.at(0).code,
            "duplicate_member");
  EXPECT_TRUE(parse(R"([{"a":1},{"a":1},{"b":{"a":1},"a":2}])"));
}

TEST(Parse, RefusesNestingPastTheLimit) {
  EXPECT_TRUE(parse(std::string(kMaxDepth, '[') + std::string(kMaxDepth, ']')));
  const auto deep = parse(std::string(kMaxDepth + 1, '[') + std::string(kMaxDepth + 1, ']'));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().fields.at(0).code, "too_deep");
}

TEST(Parse, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_EQ(parse("[1e400]").error().fields.at(0).code, "number_range");
  EXPECT_TRUE(parse("[1e-400, 123456789012345678901234567890]"));
}

TEST(Parse, PointsAtAnEscapedNul) {
  const auto result = parse(R"({"a/b":[1,"x\u0000y"]})");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fields.at(0).pointer, "/a~1b/1");
  EXPECT_NE(result.error().fields.at(0).message.find("base64"), std::string::npos);
  EXPECT_TRUE(parse(R"({"a":"\\u0000"})"));
}

TEST(RawMember, FindsTheExactText) {
  const std::string_view text =
      R"( {"a" : {"card":1, "s":"}\"{"} , "card":  { "x" : [1.0, "]"] } , "z":2})";
  EXPECT_EQ(raw_member(text, "card"), R"({ "x" : [1.0, "]"] })");
  EXPECT_EQ(raw_member(text, "z"), "2");
  EXPECT_EQ(raw_member(text, "y"), std::nullopt);
  EXPECT_EQ(raw_member("[1]", "a"), std::nullopt);
  EXPECT_EQ(raw_member("{}", "a"), std::nullopt);
}

TEST(Read, FillsEveryKindOfMember) {
  const auto result = read_text<Sample>(
      R"({"name":"abc","colour":"blue","words":["x","y"],"inner":{"count":3,"more":1},"extra":{"k":[1]},"flag":true})");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->title, "abc");
  EXPECT_EQ(result->colour, Colour::blue);
  EXPECT_THAT(result->words, ElementsAre("x", "y"));
  EXPECT_EQ(result->inner->count, 3);
  EXPECT_EQ(result->inner->ratio, std::nullopt);
  EXPECT_EQ(result->extra.text, R"({"k":[1]})");
  EXPECT_TRUE(result->flag);
}

TEST(Read, ReportsEveryProblemWithItsPointer) {
  EXPECT_THAT(
      problems(
          R"({"title":"","colour":"green","words":["a b",3],"inner":{"count":11},"flag":1,"what/ever":0})"),
      ElementsAre("/title empty", "/colour not_allowed", "/words/0 space", "/words/1 type",
                  "/inner/count too_large", "/flag type", "/what~1ever unknown"));
  EXPECT_THAT(problems(R"({"words":["a","b","c"],"inner":{}})"),
              ElementsAre("/title required", "/words too_many", "/inner/count required"));
  EXPECT_THAT(problems(R"([])"), ElementsAre(" type"));
}

TEST(Read, CountsCodePointsNotBytes) {
  EXPECT_THAT(problems("{\"title\":\"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\"}"), ElementsAre());
  EXPECT_THAT(problems(R"({"title":"sixsix"})"), ElementsAre("/title too_long"));
}

TEST(Read, NeverEchoesTheRejectedValue) {
  const auto result = read_text<Sample>(R"({"title":"s3cr3t-value","colour":"s3cr3t-value"})");
  ASSERT_FALSE(result);
  for (const auto& field : result.error().fields)
    EXPECT_EQ(field.message.find("s3cr3t"), std::string::npos);
}

TEST(Read, BoundsHowManyProblemsItReports) {
  std::string text = R"({"title":"a")";
  for (int i = 0; i < 100; ++i) text += ",\"u" + std::to_string(i) + "\":0";
  EXPECT_EQ(problems(text + "}").size(), kMaxFieldErrors);
}

TEST(Write, PrintsWhatReadsBack) {
  Sample sample{.title = "q\"\\\n",
                .colour = Colour::blue,
                .words = {"\x01"},
                .inner = Inner{2, 0.1},
                .extra = {"{}"},
                .flag = true};
  const auto text = to_text(sample);
  EXPECT_EQ(
      text,
      R"({"title":"q\"\\\n","colour":"blue","words":["\u0001"],"inner":{"count":2,"ratio":0.1},"extra":{},"flag":true})");
  const auto back = read_text<Sample>(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(to_text(*back), text);
}

TEST(Canonical, FollowsTheExamplesOfRfc8785) {
  const auto value = parse(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, -0, 1e21, 123456789012345680000],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]})");
  ASSERT_TRUE(value);
  EXPECT_EQ(canonical(*value),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27,"
            "0,1e+21,"
            "123456789012345680000],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
}

TEST(Canonical, SortsNamesByUtf16CodeUnits) {
  const auto value =
      parse(R"({"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7})");
  ASSERT_TRUE(value);
  EXPECT_EQ(canonical(*value),
            "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
            "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
}

TEST(Schema, SaysWhatTheTableSays) {
  Components components;
  const auto reference = schema_of<Sample>(components, Direction::request);
  EXPECT_EQ(reference.at("$ref"), "#/components/schemas/Sample");
  const auto& sample = components.schemas.at("Sample").as_object();
  EXPECT_EQ(sample.at("additionalProperties"), false);
  EXPECT_EQ(sample.at("required"), Value(Array{"title"}));
  const auto& title = sample.at("properties").at("title").as_object();
  EXPECT_EQ(title.at("maxLength"), 5);
  EXPECT_EQ(title.at("description"), "A name.");
  EXPECT_EQ(sample.at("properties").at("words").at("items").at("pattern"), "^[^ ]*$");
  EXPECT_EQ(sample.at("properties").at("inner").at("$ref"), "#/components/schemas/Inner");
  EXPECT_EQ(components.schemas.at("Inner").at("properties").at("count").at("maximum"), 10);
}

}  // namespace
}  // namespace sovereign::json
