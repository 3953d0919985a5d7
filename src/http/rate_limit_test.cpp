#include "http/rate_limit.hpp"

#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

using namespace std::chrono_literals;

TEST(RatePolicy, ReadsCountsPerUnit) {
  EXPECT_EQ(parse_rate_policy("5/minute"), (RatePolicy{5, 60s}));
  EXPECT_EQ(parse_rate_policy("3/hour"), (RatePolicy{3, 3600s}));
  for (const char* text :
       {"", "5", "0/minute", "/minute", "5/", "5/fortnight", "-1/minute", "5 /minute"}) {
    EXPECT_FALSE(parse_rate_policy(text)) << text;
  }
}

TEST(LocalRateLimiter, AllowsABurstThenRefillsEvenly) {
  base::ManualClock clock;
  LocalRateLimiter limiter({{"login", {5, 60s}}}, clock);
  for (std::uint32_t left = 5; left-- > 0;) {
    const auto decision = limiter.take("login", "a");
    ASSERT_TRUE(decision && decision->allowed);
    EXPECT_EQ(decision->remaining, left);
  }
  const auto refused = limiter.take("login", "a");
  ASSERT_TRUE(refused && !refused->allowed);
  EXPECT_EQ(refused->reset, 12s);
  clock.advance(12s);
  EXPECT_TRUE(limiter.take("login", "a")->allowed);
  EXPECT_FALSE(limiter.take("login", "a")->allowed);
}

TEST(LocalRateLimiter, CountsCallersAndPoliciesApart) {
  base::ManualClock clock;
  LocalRateLimiter limiter({{"x", {1, 60s}}, {"y", {1, 60s}}}, clock);
  EXPECT_TRUE(limiter.take("x", "a")->allowed);
  EXPECT_FALSE(limiter.take("x", "a")->allowed);
  EXPECT_TRUE(limiter.take("x", "b")->allowed);
  EXPECT_TRUE(limiter.take("y", "a")->allowed);
  EXPECT_FALSE(limiter.take("unknown", "a"));
}

TEST(LocalRateLimiter, StaysBoundedUnderAFloodOfCallers) {
  base::ManualClock clock;
  LocalRateLimiter limiter({{"x", {2, 60s}}}, clock);
  for (std::size_t i = 0; i < LocalRateLimiter::kMaxCallers / 4; ++i)
    limiter.take("x", std::to_string(i));
  EXPECT_TRUE(limiter.take("x", "late")->allowed);
}

TEST(AddressKey, CountsAnIpv6NetworkAsOneCaller) {
  EXPECT_EQ(address_key("2001:db8:1:2:3:4:5:6"), address_key("2001:db8:1:2:ffff::1"));
  EXPECT_NE(address_key("2001:db8:1:2::1"), address_key("2001:db8:1:3::1"));
  EXPECT_NE(address_key("10.0.0.1"), address_key("10.0.0.2"));
  EXPECT_NE(address_key("::ffff:10.0.0.1"), address_key("::ffff:10.0.0.2"));
}

}  // namespace
}  // namespace sovereign::http
