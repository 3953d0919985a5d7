#include "http/conditional.hpp"

#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

WriteCondition check(std::string_view if_match) {
  const Header header{"if-match", if_match};
  Request request;
  request.headers = {&header, 1};
  return check_if_match(request, R"("b")");
}

TEST(IfMatch, HoldsForTheSameVersionInAList) {
  EXPECT_EQ(check(R"("a", "b")"), WriteCondition::holds);
  EXPECT_EQ(check(R"("b-gzip")"), WriteCondition::holds);
  EXPECT_EQ(check("*"), WriteCondition::holds);
}

TEST(IfMatch, FailsForOtherAndWeakTags) {
  EXPECT_EQ(check(R"("a")"), WriteCondition::fails);
  EXPECT_EQ(check(R"(W/"b")"), WriteCondition::fails);
}

TEST(IfMatch, IsNoConditionWhenAbsent) {
  EXPECT_EQ(check_if_match(Request{}, R"("b")"), WriteCondition::none);
}

}  // namespace
}  // namespace sovereign::http
