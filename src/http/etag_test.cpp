#include "http/etag.hpp"

#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

TEST(EntityTag, MatchesByTheRulesOfItsComparison) {
  struct Case {
    std::string_view field;
    std::string_view etag;
    bool weak;
    bool strong;
  };
  for (const Case& sample : {
           Case{R"("a")", R"("a")", true, true},
           Case{R"("a")", R"("b")", false, false},
           Case{R"("b", "a")", R"("a")", true, true},
           Case{R"("b","a")", R"("a")", true, true},
           Case{R"(W/"a")", R"("a")", true, false},
           Case{R"("a")", R"(W/"a")", true, false},
           Case{R"(W/"b", "a")", R"("a")", true, true},
           Case{"*", R"("a")", true, true},
           Case{R"("a-gzip")", R"("a")", true, true},
           Case{R"(W/"a-gzip")", R"("a")", true, false},
           Case{R"("x,y")", R"("x,y")", true, true},
           Case{R"("a)", R"("a")", false, false},
           Case{"a", R"("a")", false, false},
           Case{"", R"("a")", false, false},
           Case{R"("")", "", false, false},
           Case{R"("A")", R"("a")", false, false},
       }) {
    EXPECT_EQ(names_etag(sample.field, sample.etag, TagComparison::weak), sample.weak)
        << sample.field << " and " << sample.etag;
    EXPECT_EQ(names_etag(sample.field, sample.etag, TagComparison::strong), sample.strong)
        << sample.field << " and " << sample.etag;
  }
}

TEST(EntityTag, OfTheCompressedFormIsAnother) {
  EXPECT_EQ(gzip_etag(R"("a")"), R"("a-gzip")");
  EXPECT_EQ(gzip_etag(R"(W/"a")"), R"(W/"a")");
}

}  // namespace
}  // namespace sovereign::http
