#include "registry/changes/ring.hpp"

#include <gtest/gtest.h>

#include <random>

#include "support/agents_fixture.hpp"

namespace sovereign::registry {
namespace {

using State = ChangeReading::State;

class ChangeRingTest : public testing::Test {
 protected:
  ChangeEvent event(std::int64_t position, AgentId agent, AgentStatus status) {
    const Agent stored{.id = agent,
                       .name = "Secret plan",
                       .agent_type = "t",
                       .status = status,
                       .human_readable_id = "a",
                       .version = position};
    auto record = std::make_shared<const AgentRecord>(make_record(stored, {}, "https://r"));
    return make_event({.position = position, .agent = agent, .version = position},
                      std::move(record), "cursor-" + std::to_string(position));
  }
  ChangeEvent event(std::int64_t position) {
    return event(position, AgentId::generate(random), AgentStatus::active);
  }
  void push(ChangeRing& ring, std::int64_t first, std::int64_t last) {
    std::vector<ChangeEvent> events;
    for (auto position = first; position <= last; ++position) events.push_back(event(position));
    ring.push(std::move(events), last);
  }
  /// Positions behind `after`, as a reader walks them.
  std::vector<std::int64_t> walk(const ChangeRing& ring, std::int64_t after) {
    std::vector<std::int64_t> positions;
    for (auto reading = ring.after(after); reading.state == State::block;
         reading = ring.after(reading.block->last_position)) {
      for (auto i = reading.first; i < reading.block->events.size(); ++i) {
        positions.push_back(reading.block->events[i].change.position);
      }
    }
    return positions;
  }

  support::SeededRandom random;
};

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> numbers;
  for (auto number = first; number <= last; ++number) numbers.push_back(number);
  return numbers;
}

TEST_F(ChangeRingTest, AReaderGetsEveryEventBehindItsPositionOnceAndInOrder) {
  ChangeRing ring({}, 10);
  push(ring, 11, 11);
  push(ring, 12, 250);
  EXPECT_EQ(walk(ring, 10), range(11, 250));
  EXPECT_EQ(walk(ring, 100), range(101, 250));
  EXPECT_EQ(ring.after(250).state, State::nothing);
  EXPECT_EQ(ring.after(900).state, State::nothing);
}

TEST_F(ChangeRingTest, WhatWasBeforeItBeganIsNotInIt) {
  ChangeRing ring({}, 10);
  EXPECT_EQ(ring.after(10).state, State::nothing);
  EXPECT_EQ(ring.after(9).state, State::dropped);
}

TEST_F(ChangeRingTest, PositionsWithoutEventsAreCrossed) {
  ChangeRing ring({}, 0);
  ring.push({event(3)}, 9);
  ring.push({}, 9);
  ring.push({event(12)}, 12);
  EXPECT_EQ(walk(ring, 0), (std::vector<std::int64_t>{3, 12}));
  EXPECT_EQ(walk(ring, 5), (std::vector<std::int64_t>{12}));
}

TEST_F(ChangeRingTest, ItHoldsNoMoreEventsThanItsLimitAndSaysWhatItDropped) {
  ChangeRing ring({.events = 100}, 0);
  for (std::int64_t position = 1; position <= 1000; ++position) {
    push(ring, position, position);
    EXPECT_LE(ring.events(), 100U);
  }
  EXPECT_EQ(ring.after(899).state, State::dropped);
  EXPECT_EQ(walk(ring, 900), range(901, 1000));
}

TEST_F(ChangeRingTest, ItHoldsNoMoreBytesThanItsLimitButAlwaysTheNewestBlock) {
  ChangeRing ring({.bytes = 8000}, 0);
  push(ring, 1, 50);
  EXPECT_GT(ring.bytes(), 8000U);
  EXPECT_EQ(walk(ring, 0), range(1, 50));
  push(ring, 51, 51);
  EXPECT_LE(ring.bytes(), 8000U);
  EXPECT_EQ(ring.after(49).state, State::dropped);
}

TEST_F(ChangeRingTest, TheSharedBytesAreTheEventsOneAfterTheOther) {
  ChangeRing ring({}, 0);
  push(ring, 1, 3);
  const auto block = ring.after(0).block;
  std::string all;
  for (std::size_t i = 0; i < block->events.size(); ++i) {
    append_sse_item(all, block->events[i], {});
    EXPECT_EQ(block->sse_ends[i], all.size());
  }
  EXPECT_EQ(block->sse, all);
}

TEST_F(ChangeRingTest, ATombstoneTakesTheDocumentOutOfWhatIsKept) {
  ChangeRing ring({}, 0);
  const auto agent = AgentId::generate(random);
  ring.push({event(1), event(2, agent, AgentStatus::active)}, 2);
  const auto before = ring.after(0).block;
  ring.push({event(3, agent, AgentStatus::suspended)}, 3);
  EXPECT_EQ(walk(ring, 0), range(1, 3));
  const auto after = ring.after(0).block;
  EXPECT_EQ(after->events[0].kind, ChangeKind::updated);
  EXPECT_EQ(after->events[1].kind, ChangeKind::deleted);
  EXPECT_EQ(after->events[1].json.find("Secret plan"), std::string::npos);
  EXPECT_EQ(before->events[1].kind, ChangeKind::updated);  // Whoever reads it just now goes on.
}

}  // namespace
}  // namespace sovereign::registry
