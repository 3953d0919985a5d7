#include "registry/federation/hedging.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;

TEST(Hedging, HasNoPatienceToTellBeforeThereAreEnoughAnswers) {
  Hedging hedging;
  for (std::size_t i = 1; i < Hedging::kNeeded; ++i) hedging.answered(10ms);
  EXPECT_EQ(hedging.patience(), std::nullopt);
  hedging.answered(10ms);
  EXPECT_EQ(hedging.patience(), 10ms);
}

TEST(Hedging, WaitsAsLongAsNineteenOfTwentyAnswersTake) {
  Hedging hedging;
  for (int i = 1; i <= 20; ++i) hedging.answered(i * 1ms);
  EXPECT_EQ(hedging.patience(), 20ms);
  for (std::size_t i = 0; i < Hedging::kRemembered; ++i) hedging.answered(5ms);
  EXPECT_EQ(hedging.patience(), 5ms);
}

TEST(Hedging, SecondRequestsAreABoundedShareOfTheFirst) {
  Hedging hedging;
  int hedged = 0;
  for (int i = 0; i < 1'000; ++i) {
    hedging.sent();
    hedged += hedging.take() ? 1 : 0;
  }
  EXPECT_LE(hedged, 100);
  EXPECT_GE(hedged, 99);
}

TEST(Hedging, AQuietTimeSavesUpOnlyAFew) {
  Hedging hedging;
  for (int i = 0; i < 1'000; ++i) hedging.sent();
  EXPECT_TRUE(hedging.take());
  EXPECT_TRUE(hedging.take());
  EXPECT_FALSE(hedging.take());
}

}  // namespace
}  // namespace sovereign::registry
