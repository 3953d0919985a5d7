#include "http/range.hpp"

#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

using Kind = RangeChoice::Kind;

RangeChoice part(std::uint64_t first, std::uint64_t size) { return {Kind::part, first, size}; }

TEST(Range, NamesAPartByItsEndsOrByItsLength) {
  EXPECT_EQ(choose_range("bytes=0-0", 10), part(0, 1));
  EXPECT_EQ(choose_range("bytes=3-6", 10), part(3, 4));
  EXPECT_EQ(choose_range("Bytes= 3- ", 10), part(3, 7));
  EXPECT_EQ(choose_range("bytes=-4", 10), part(6, 4));
  EXPECT_EQ(choose_range("bytes=-40", 10), part(0, 10));
  EXPECT_EQ(choose_range("bytes=5-99", 10), part(5, 5));
  EXPECT_EQ(choose_range("bytes=5-99999999999999999999999", 10), part(5, 5));
}

TEST(Range, OutsideTheBytesIsUnsatisfiable) {
  for (const auto* header : {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999-"})
    EXPECT_EQ(choose_range(header, 10).kind, Kind::unsatisfiable) << header;
  EXPECT_EQ(choose_range("bytes=0-0", 0).kind, Kind::unsatisfiable);
  EXPECT_EQ(choose_range("bytes=-1", 0).kind, Kind::unsatisfiable);
}

TEST(Range, WhatIsNotOneRangeOfBytesAsksForTheWhole) {
  for (const auto* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=6-3", "lines=0-1", "bytes=0-1,3-4",
        "bytes=1-x", "bytes=+1-2", "bytes=0x1-2"})
    EXPECT_EQ(choose_range(header, 10), RangeChoice{}) << header;
}

TEST(Range, IsForReadsOfTheVersionThatIfRangeNames) {
  std::vector<Header> headers = {{"Range", "bytes=1-2"}, {"If-Range", "\"a\""}};
  Request request{.headers = headers};
  EXPECT_EQ(choose_range(request, "\"a\"", 10), part(1, 2));
  EXPECT_EQ(choose_range(request, "\"b\"", 10), RangeChoice{});
  headers[1].value = "Wed, 21 Oct 2015 07:28:00 GMT";
  EXPECT_EQ(choose_range(request, "\"a\"", 10), RangeChoice{});
  headers.pop_back();
  request.headers = headers;
  EXPECT_EQ(choose_range(request, "\"a\"", 10), part(1, 2));
  request.method = Method::head;
  EXPECT_EQ(choose_range(request, "\"a\"", 10), RangeChoice{});
}

TEST(Range, SaysWhichBytesAnAnswerHas) {
  EXPECT_EQ(content_range(part(3, 4), 10), "bytes 3-6/10");
  EXPECT_EQ(content_range({.kind = Kind::unsatisfiable}, 10), "bytes */10");
}

}  // namespace
}  // namespace sovereign::http
