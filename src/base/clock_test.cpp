#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace sovereign::base {
namespace {

TEST(Rfc3339, PrintsMicrosecondsOnlyWhenThereAreAny) {
  const auto whole = parse_rfc3339("2026-02-28T23:59:59Z");
  ASSERT_TRUE(whole);
  EXPECT_EQ(to_rfc3339(*whole), "2026-02-28T23:59:59Z");
  EXPECT_EQ(to_rfc3339(*whole + std::chrono::microseconds{42}), "2026-02-28T23:59:59.000042Z");
}

TEST(Rfc3339, AppliesTheOffset) {
  EXPECT_EQ(parse_rfc3339("2026-01-01T01:30:00+01:30"), parse_rfc3339("2026-01-01T00:00:00Z"));
  EXPECT_EQ(parse_rfc3339("2025-12-31T19:00:00-05:00"), parse_rfc3339("2026-01-01T00:00:00z"));
}

TEST(Rfc3339, RefusesWhatIsNotADateTime) {
  for (const char* text : {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01",
                           "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+25:00"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, RoundTripsBeforeTheEpoch) {
  const Timestamp early{std::chrono::microseconds{-1}};
  EXPECT_EQ(parse_rfc3339(to_rfc3339(early)), early);
}

}  // namespace
}  // namespace sovereign::base
