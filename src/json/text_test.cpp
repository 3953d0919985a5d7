#include "json/text.hpp"

#include <gtest/gtest.h>

namespace sovereign::json {
namespace {

std::string compact(std::string_view document) {
  std::string out;
  append_compact(out, document);
  return out;
}

TEST(JsonTextTest, CompactTextIsOneLineWithTheSameTokens) {
  EXPECT_EQ(compact("{ \"a b\" :\t[1 ,\r\n 2.50, \"x \\\" y\\\\\" ] }"),
            R"({"a b":[1,2.50,"x \" y\\"]})");
  EXPECT_EQ(compact(R"({"a":1})"), R"({"a":1})");
}

TEST(JsonTextTest, PrettyTextIsIndented) {
  EXPECT_EQ(pretty(R"({"a":[1,{"b":null}],"c":{},"d":[ ],"e":"x, {y}: z"})"), R"({
  "a": [
    1,
    {
      "b": null
    }
  ],
  "c": {},
  "d": [],
  "e": "x, {y}: z"
})");
}

TEST(JsonTextTest, NumbersKeepEachDigit) {
  for (const char* number : {"123456789012345678901234567890", "-9223372036854775809", "1.0", "1e5",
                             "0.1000000000000000055511151231257827"}) {
    EXPECT_EQ(pretty(number), number);
    EXPECT_EQ(compact(std::string("[ ") + number + " ]"), std::string("[") + number + "]");
  }
}

TEST(JsonTextTest, PrettyStringsLoseEscapesThatTheyDoNotNeed) {
  EXPECT_EQ(pretty(R"(["\u00e9\/","\u001b\n\"\\"])"),
            "[\n  \"\xC3\xA9/\",\n  \"\\u001b\\n\\\"\\\\\"\n]");
}

TEST(JsonTextTest, TextThatBreaksOffIsReadToItsEnd) {
  for (const char* text : {"", "\"", "\"\\", "{", "[\"a", "{\"a\":"}) {
    EXPECT_LE(compact(text).size(), 10U) << text;
    EXPECT_LE(pretty(text).size(), 20U) << text;
  }
}

}  // namespace
}  // namespace sovereign::json
