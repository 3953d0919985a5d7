#include "registry/federation/result_sets.hpp"

#include <gtest/gtest.h>

#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

using namespace std::chrono_literals;

class ResultSetsTest : public testing::Test {
 protected:
  support::SeededRandom random;
  ResultSets sets{random};
  SteadyTime now{1h};
};

TEST_F(ResultSetsTest, IsFoundByItsIdForItsQuestionWhileItLives) {
  const auto id = sets.keep({.question = 7, .agents = {}, .status = {.peers_queried = 3}}, now);
  const auto found = sets.find(id, 7, now + 4min);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->status.peers_queried, 3);
  EXPECT_FALSE(sets.find(id, 8, now));
  EXPECT_FALSE(sets.find("else", 7, now));
  EXPECT_FALSE(sets.find(id, 7, now + ResultSets::kLife));
}

TEST_F(ResultSetsTest, KeepsTheNewestFew) {
  const auto first = sets.keep({.question = 1, .agents = {}, .status = {}}, now);
  for (std::size_t i = 1; i < ResultSets::kMost; ++i) {
    sets.keep({.question = 1, .agents = {}, .status = {}}, now);
  }
  EXPECT_TRUE(sets.find(first, 1, now));
  sets.keep({.question = 1, .agents = {}, .status = {}}, now);
  EXPECT_FALSE(sets.find(first, 1, now));
}

TEST(SetCursor, ComesBackAsItWentOut) {
  const auto cursor = decode_set_cursor(encode_set_cursor({.set = "00ff", .position = "AQ-_"}));
  EXPECT_EQ(cursor.set, "00ff");
  EXPECT_EQ(cursor.position, "AQ-_");
  EXPECT_EQ(decode_set_cursor("AQ-_").set, "");
  EXPECT_EQ(decode_set_cursor("AQ-_").position, "AQ-_");
}

}  // namespace
}  // namespace sovereign::registry
