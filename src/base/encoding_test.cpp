#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "base/uuid.hpp"

namespace sovereign::base {
namespace {

TEST(Utf8, AcceptsWellFormedText) {
  for (const char* text :
       {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
}

TEST(Utf8, RefusesOverlongSurrogateAndTruncatedForms) {
  for (const char* text : {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "\xe2\x82", "\xff"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8, CountsCodePointsNotBytes) {
  EXPECT_EQ(count_code_points("a\xc3\xa9\xf0\x9f\x98\x80"), 3U);
}

TEST(Base64Url, RoundTripsEveryLength) {
  std::string text;
  for (int length = 0; length < 70; ++length) {
    const auto encoded = to_base64url(as_bytes(text));
    const auto decoded = from_base64url(encoded);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::string(decoded->begin(), decoded->end()), text);
    text += static_cast<char>(length * 37);
  }
}

TEST(Base64Url, RefusesPaddingForeignCharactersAndStrayBits) {
  for (const char* text : {"QQ==", "Q", "Q+", "Q/", "QR", "Q Q"}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
}

TEST(PercentEncoding, RoundTripsAndRefusesBadEscapes) {
  EXPECT_EQ(percent_decode(percent_encode("a/b c%\xc3\xa9")), "a/b c%\xc3\xa9");
  EXPECT_EQ(percent_decode("a+b", PlusSign::space), "a b");
  for (const char* text : {"%", "%4", "%zz", "a%2"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Uuid, OrderedOnesSortByTimeAndAreOfVersion7) {
  class Ones final : public Random {
    void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, 0xff); }
  } random;
  EXPECT_EQ(Uuid::generate_ordered(random, 0x0123456789ab).to_string(),
            "01234567-89ab-7fff-bfff-ffffffffffff");
  EXPECT_LT(Uuid::generate_ordered(random, 1), Uuid::generate_ordered(random, 2));
}

TEST(Uuid, RoundTripsInEitherCaseAndRefusesOtherForms) {
  const auto uuid = Uuid::parse("550E8400-e29b-41d4-a716-446655440000");
  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->to_string(), "550e8400-e29b-41d4-a716-446655440000");
  for (const char* text :
       {"", "550e8400e29b41d4a716446655440000", "550e8400-e29b-41d4-a716-44665544000g",
        "550e8400-e29b-41d4-a716-4466554400001", "550e8400+e29b-41d4-a716-446655440000"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

}  // namespace
}  // namespace sovereign::base
