#include "core/router/limits.hpp"

#include <gtest/gtest.h>

#include "core/router/idempotency.hpp"

namespace sovereign::core {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(CallLimitsTest, TheShortestTimeoutHolds) {
  const CallLimits limits;
  EXPECT_EQ(effective_timeout({}, {}, limits), seconds(30));
  EXPECT_EQ(effective_timeout(seconds(60), {}, limits), seconds(60));
  EXPECT_EQ(effective_timeout(seconds(60), {.timeout = seconds(15)}, limits), seconds(15));
  EXPECT_EQ(effective_timeout(std::chrono::hours(1), {}, limits), std::chrono::minutes(10));
  EXPECT_EQ(effective_timeout(seconds(0), {}, limits), milliseconds(1));
}

TEST(CallLimitsTest, AManifestMayAskForConcurrencyWithinTheOperatorsMost) {
  const CallLimits limits{.most_concurrency = 10};
  EXPECT_EQ(effective_concurrency({}, limits), 3U);
  EXPECT_EQ(effective_concurrency({.concurrency = 7}, limits), 7U);
  EXPECT_EQ(effective_concurrency({.concurrency = 70}, limits), 10U);
  EXPECT_EQ(effective_concurrency({.concurrency = 0}, limits), 1U);
}

TEST(CallLimitsTest, TheSlowerRateHolds) {
  const CallLimits limits{.target_rate = {.requests = 100, .window = seconds(10)}};
  EXPECT_EQ(effective_rate({}, limits), limits.target_rate);
  const http::RatePolicy slow{.requests = 300, .window = seconds(60)};
  EXPECT_EQ(effective_rate({.rate = slow}, limits), slow);
  EXPECT_EQ(
      effective_rate({.rate = http::RatePolicy{.requests = 50, .window = seconds(1)}}, limits),
      limits.target_rate);
}

class ReplayCacheTest : public testing::Test {
 protected:
  CallOutcome ended(std::uint8_t number, std::string output = "{}") {
    CallOutcome outcome{.id = id(number), .output = std::move(output)};
    return outcome;
  }
  static CallId id(std::uint8_t number) {
    CallId id;
    id.uuid.bytes[0] = number;
    return id;
  }
  void run(const std::string& key, std::uint8_t number, std::string output = "{}") {
    cache.begin(key, {}, id(number));
    cache.end(key, ended(number, std::move(output)), now);
  }

  CallLimits limits{.replays = 3, .replay_bytes = 100};
  ReplayCache cache{limits};
  SteadyTime now{};
};

TEST_F(ReplayCacheTest, TheOldestAreDroppedWhenTooManyAreKept) {
  for (std::uint8_t i = 1; i <= 4; ++i) run("key" + std::to_string(i), i);
  EXPECT_TRUE(std::holds_alternative<ReplayCache::Fresh>(cache.find("key1", {}, now)));
  EXPECT_TRUE(std::holds_alternative<ReplayCache::Ended>(cache.find("key4", {}, now)));
  EXPECT_EQ(cache.size(), 3U);
}

TEST_F(ReplayCacheTest, OutputsAreBoundedTogether) {
  run("a", 1, std::string(60, 'x'));
  run("b", 2, std::string(60, 'x'));
  EXPECT_TRUE(std::holds_alternative<ReplayCache::Fresh>(cache.find("a", {}, now)));
  EXPECT_LE(cache.bytes(), 100U);
}

TEST_F(ReplayCacheTest, AnOutcomeIsKeptForItsTimeWithoutALargeOutput) {
  limits.replay_bytes = 10'000'000;
  run("a", 1, std::string(300 * 1024, 'x'));
  const auto found = cache.find("a", {}, now);
  EXPECT_EQ(std::get<ReplayCache::Ended>(found).outcome->output, "");
  now += std::chrono::minutes(10);
  EXPECT_TRUE(std::holds_alternative<ReplayCache::Fresh>(cache.find("a", {}, now)));
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST_F(ReplayCacheTest, ACallUnderWayIsNeverDropped) {
  cache.begin("running", {}, id(9));
  for (std::uint8_t i = 1; i <= 5; ++i) run("key" + std::to_string(i), i);
  EXPECT_TRUE(std::holds_alternative<ReplayCache::UnderWay>(cache.find("running", {}, now)));
}

TEST(ReplayKeyTest, NoTwoCallersToolsOrKeysShareOne) {
  const auto key = [](std::string_view tool, std::string key, std::string caller) {
    CallRequest request{.tool = ToolId::parse(tool).value(), .input = {}, .input_text = {}};
    request.idempotency_key = std::move(key);
    request.caller.id = std::move(caller);
    return replay_key(request);
  };
  EXPECT_NE(key("a.b/c", "k", "me"), key("a.b/c", "k", "you"));
  EXPECT_NE(key("a.b/c", "k", "me"), key("a.b/d", "k", "me"));
  EXPECT_NE(key("a.b/c", "k1:m", "e"), key("a.b/c", "k", "1:me"));
}

}  // namespace
}  // namespace sovereign::core
