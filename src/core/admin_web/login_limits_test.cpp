// What bounds logins and their record: one-time codes, the throttle, the log of refusals.
#include <gtest/gtest.h>

#include "core/admin_web/denial_log.hpp"
#include "core/admin_web/login_codes.hpp"
#include "core/admin_web/login_throttle.hpp"
#include "crypto/random.hpp"

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;

class LoginCodesTest : public testing::Test {
 protected:
  base::ManualClock clock;
  crypto::SystemRandom random;
  LoginCodes codes{clock, random};
};

TEST_F(LoginCodesTest, AreGoodOnce) {
  const auto code = codes.issue();
  EXPECT_FALSE(codes.redeem("guess"));
  EXPECT_TRUE(codes.redeem(code));
  EXPECT_FALSE(codes.redeem(code));
}

TEST_F(LoginCodesTest, AreGoodForTwoMinutes) {
  const auto early = codes.issue();
  const auto late = codes.issue();
  clock.advance(2min - 1us);
  EXPECT_TRUE(codes.redeem(early));
  clock.advance(1us);
  EXPECT_FALSE(codes.redeem(late));
}

TEST_F(LoginCodesTest, AreFewAtATime) {
  const auto first = codes.issue();
  clock.advance(1s);
  for (std::size_t i = 0; i < LoginCodes::kMaxCodes; ++i) codes.issue();
  EXPECT_FALSE(codes.redeem(first));
}

TEST(LoginThrottleTest, FreeFailuresComeFirstThenWaitsThatDouble) {
  base::ManualClock clock;
  LoginThrottle throttle(clock);
  for (int i = 1; i < LoginThrottle::kFreeFailures; ++i) throttle.failed();
  EXPECT_EQ(throttle.wait(), std::nullopt);
  for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
    throttle.failed();
    EXPECT_EQ(throttle.wait(), expected);
    clock.advance(expected - 1ms);
    EXPECT_EQ(throttle.wait(), 1s);
    clock.advance(1ms);
    EXPECT_EQ(throttle.wait(), std::nullopt);
  }
}

TEST(LoginThrottleTest, ForgetsAfterAWhileAndAfterASuccess) {
  base::ManualClock clock;
  LoginThrottle throttle(clock);
  for (int i = 0; i < 10; ++i) throttle.failed();
  clock.advance(LoginThrottle::kForgetAfter);
  throttle.failed();
  EXPECT_EQ(throttle.wait(), std::nullopt);
  for (int i = 0; i < 10; ++i) throttle.failed();
  clock.advance(LoginThrottle::kLongestWait);
  throttle.succeeded();
  throttle.failed();
  EXPECT_EQ(throttle.wait(), std::nullopt);
}

class NotingAudit final : public AdminAudit {
 public:
  Task<void> append(AdminEvent) override { co_return Result<void>{}; }
  void note(AdminEvent event) override { events.push_back(std::move(event)); }
  std::vector<AdminEvent> events;
};

TEST(DenialLogTest, CountsWhatItDoesNotRecord) {
  base::ManualClock clock;
  NotingAudit audit;
  DenialLog log(audit, clock);
  const http::Request request{.client_address = "127.0.0.1", .id = "r-1"};
  for (int i = 0; i < 1000; ++i) log.denied(request, http::Denial::origin);
  ASSERT_EQ(audit.events.size(), std::size_t{DenialLog::kPerWindow});
  EXPECT_EQ(audit.events[0].type, "security.denied");
  EXPECT_EQ(audit.events[0].reason, "origin");
  EXPECT_EQ(audit.events[0].correlation_id, "r-1");
  clock.advance(DenialLog::kWindow);
  log.denied(request, http::Denial::host);
  ASSERT_EQ(audit.events.size(), std::size_t{DenialLog::kPerWindow + 1});
  EXPECT_EQ(audit.events.back().reason, "host");
  EXPECT_EQ(audit.events.back().unrecorded, 1000U - DenialLog::kPerWindow);
}

}  // namespace
}  // namespace sovereign::core
