#include "http/conditional.hpp"

#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

TEST(EntityTags, CompareWeaklyOverLists) {
  EXPECT_TRUE(matches_weakly(R"("a", W/"b")", R"("b")"));
  EXPECT_TRUE(matches_weakly("*", R"("b")"));
  EXPECT_TRUE(matches_weakly(R"("b-gzip")", R"("b")"));
  EXPECT_FALSE(matches_weakly(R"("bb")", R"("b")"));
  EXPECT_FALSE(matches_weakly(",,", R"("b")"));
}

TEST(EntityTags, CompareStronglyForWrites) {
  EXPECT_TRUE(matches_strongly(R"("a", "b")", R"("b")"));
  EXPECT_FALSE(matches_strongly(R"(W/"b")", R"("b")"));
}

}  // namespace
}  // namespace sovereign::http
