#include "core/errors.hpp"

#include <gtest/gtest.h>

namespace sovereign::core {
namespace {

TEST(CoreCode, EveryNameReadsBackToItsCode) {
  for (int i = 0; i <= static_cast<int>(CoreCode::internal_error); ++i) {
    const auto code = static_cast<CoreCode>(i);
    EXPECT_EQ(parse_core_code(to_string(code)), code) << to_string(code);
  }
  EXPECT_EQ(parse_core_code("agent.unheard_of"), std::nullopt);
}

TEST(CoreCode, OnlyWhatMayPassIsRetryable) {
  EXPECT_TRUE(is_retryable(CoreCode::tool_timeout));
  EXPECT_TRUE(is_retryable(CoreCode::agent_disconnected));
  EXPECT_FALSE(is_retryable(CoreCode::tool_invalid_input));
  EXPECT_FALSE(is_retryable(CoreCode::agent_not_enabled));
}

TEST(CoreCode, FailuresCarryTheirName) {
  const auto failure = fail(CoreCode::agent_not_built, "Build it first.");
  EXPECT_EQ(failure.error().name, "agent.not_built");
  EXPECT_EQ(failure.error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace sovereign::core
