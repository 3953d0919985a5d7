#include "http/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sovereign::http {
struct Search {
  std::string text;
  std::optional<bool> verified;
  std::int64_t page = 1;
  std::vector<std::string> tags;
};
}  // namespace sovereign::http

template <>
struct sovereign::json::Table<sovereign::http::Search> {
  using Search = sovereign::http::Search;
  static constexpr std::string_view name = "Search";
  static constexpr Members members = Members::open;
  static constexpr auto fields = std::tuple{
      field("q", &Search::text, {.alias = "search", .optional = true, .max_length = 10}),
      field("verified", &Search::verified),
      field("page", &Search::page, {.optional = true, .minimum = 1}),
      field("tags", &Search::tags, {.optional = true, .max_items = 3}),
  };
};

namespace sovereign::http {
namespace {

using testing::ElementsAre;

TEST(Query, ReadsTypedParametersWithAliasesAndLists) {
  const auto search =
      read_query<Search>("search=a+b%21&verified=True&page=3&tags=x,y&tags=z&ignored=1");
  ASSERT_TRUE(search);
  EXPECT_EQ(search->text, "a b!");
  EXPECT_EQ(search->verified, true);
  EXPECT_EQ(search->page, 3);
  EXPECT_THAT(search->tags, ElementsAre("x", "y", "z"));
}

TEST(Query, KeepsDefaultsForAbsentAndEmptyParameters) {
  const auto search = read_query<Search>("page=&verified=&tags=");
  ASSERT_TRUE(search);
  EXPECT_EQ(search->page, 1);
  EXPECT_EQ(search->verified, std::nullopt);
  EXPECT_TRUE(search->tags.empty());
}

TEST(Query, PointsAtTheParameter) {
  const auto search = read_query<Search>("page=x&verified=maybe&q=12345678901&tags=a,b,c,d");
  ASSERT_FALSE(search);
  std::vector<std::string> found;
  for (const auto& field : search.error().fields) found.push_back(field.pointer + " " + field.code);
  EXPECT_THAT(found, ElementsAre("?q too_long", "?verified type", "?page type", "?tags too_many"));
}

TEST(Query, RefusesBadEscapesAndBadText) {
  EXPECT_EQ(read_query<Search>("q=%4").error().code, ErrorCode::malformed);
  EXPECT_EQ(read_query<Search>("q=%ff").error().code, ErrorCode::malformed);
  EXPECT_EQ(read_query<Search>("q=%00").error().fields.at(0).code, "nul");
  std::string many;
  for (std::size_t i = 0; i <= kMaxPairs; ++i) many += "a=1&";
  EXPECT_EQ(read_query<Search>(many).error().code, ErrorCode::malformed);
}

TEST(Form, ReadsUrlencodedAndMultipartAlike) {
  const auto plain =
      read_form<Search>("application/x-www-form-urlencoded; charset=utf-8", "q=a%40b&page=2");
  ASSERT_TRUE(plain && *plain);
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\na@b\r\n"
      "--XX\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; "
      "name=page\r\n\r\n2\r\n--XX--\r\n";
  const auto parts = read_form<Search>("multipart/form-data; boundary=\"XX\"", body);
  ASSERT_TRUE(parts && *parts);
  EXPECT_EQ((**parts).text, (**plain).text);
  EXPECT_EQ((**parts).page, 2);
  EXPECT_FALSE(read_form<Search>("application/json", "{}"));
}

TEST(Form, RefusesBrokenMultipart) {
  const auto type = "multipart/form-data; boundary=XX";
  for (const char* body :
       {"", "--XX", "--XX\r\n\r\nv\r\n--XX--",
        "--XX\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\nv",
        "--XX\r\nContent-Disposition: form-data; name=\"q\"; filename=\"f\"\r\n\r\nv\r\n--XX--"}) {
    const auto form = read_form<Search>(type, body);
    ASSERT_TRUE(form);
    EXPECT_FALSE(*form) << body;
  }
  EXPECT_FALSE(*read_form<Search>("multipart/form-data", "--XX--"));
}

}  // namespace
}  // namespace sovereign::http
