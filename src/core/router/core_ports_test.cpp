#include "core/router/core_ports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sovereign::core {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RedactedSummaryTest, ASummaryIsShortAndHoldsNoSecret) {
  const Redactor redactor;
  const RedactedSummary summary(redactor);
  json::Object input{{"path", "notes.txt"}, {"password", "PLANTED-SECRET"}};
  for (int i = 0; i < 500; ++i) input["member" + std::to_string(i)] = std::string(500, 'x');
  const auto text = summary.summarise(json::Value(input));
  EXPECT_THAT(text, HasSubstr("notes.txt"));
  EXPECT_THAT(text, Not(HasSubstr("PLANTED")));
  EXPECT_LE(text.size(), 2000U);
}

TEST(DeclaredLimitsTest, TheManifestsLimitsBecomeThoseOfCalls) {
  DeclaredLimits declared;
  declared.max_tool_call_ms = Quantity{.value = 15'000, .requested = "15s"};
  declared.max_concurrent_calls = Quantity{.value = 4, .requested = "4"};
  declared.rate_limit = Quantity{.value = 100, .requested = "100/minute"};
  const auto limits = call_limits_of(declared);
  EXPECT_EQ(limits.timeout, std::chrono::seconds(15));
  EXPECT_EQ(limits.concurrency, 4U);
  EXPECT_EQ(limits.rate, (http::RatePolicy{.requests = 100, .window = std::chrono::seconds(60)}));
  EXPECT_EQ(call_limits_of({}).timeout, std::nullopt);
}

}  // namespace
}  // namespace sovereign::core
