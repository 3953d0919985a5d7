#include "core/connections/inflight_calls.hpp"

#include <gtest/gtest.h>

#include "crypto/random.hpp"

namespace sovereign::core {
namespace {

using namespace std::chrono_literals;

class NoSink final : public CallSink {
 public:
  void on_stream(const protocol::ToolStream&) override {}
  void on_result(const protocol::ToolResult&) override {}
};

class InflightCallsTest : public ::testing::Test {
 protected:
  CallId add(SteadyTime deadline = SteadyTime{10s}) {
    const CallId id = CallId::generate(random_);
    EXPECT_TRUE(calls_.add(id, sink_, deadline));
    return id;
  }
  StreamVerdict stream(CallId id, std::int64_t seq, std::size_t bytes = 1) {
    return calls_.on_stream({id, seq, bytes}, {.chunk_bytes = 100, .call_bytes = 250});
  }

  crypto::SystemRandom random_;
  NoSink sink_;
  InflightCalls calls_;
};

TEST_F(InflightCallsTest, a_call_is_taken_once) {
  const CallId id = add();
  EXPECT_FALSE(calls_.add(id, sink_, SteadyTime{10s}));
  EXPECT_TRUE(calls_.take(id));
  EXPECT_FALSE(calls_.take(id));
}

TEST_F(InflightCallsTest, only_a_rising_seq_is_delivered) {
  const CallId id = add();
  EXPECT_EQ(stream(id, 1), StreamVerdict::deliver);
  EXPECT_EQ(stream(id, 1), StreamVerdict::stale);
  EXPECT_EQ(stream(id, 5), StreamVerdict::deliver);
  EXPECT_EQ(stream(id, 4), StreamVerdict::stale);
  calls_.take(id);
  EXPECT_EQ(stream(id, 6), StreamVerdict::unknown_call);
}

TEST_F(InflightCallsTest, the_bytes_of_a_call_are_bounded_and_its_first_excess_is_told_apart) {
  const CallId id = add();
  EXPECT_EQ(stream(id, 1, 100), StreamVerdict::deliver);
  EXPECT_EQ(stream(id, 2, 100), StreamVerdict::deliver);
  EXPECT_EQ(stream(id, 3, 51), StreamVerdict::over_limit);
  EXPECT_EQ(stream(id, 4, 51), StreamVerdict::still_over_limit);
  EXPECT_EQ(stream(id, 5, 50), StreamVerdict::deliver);
}

TEST_F(InflightCallsTest, those_whose_time_has_come_are_taken_and_the_others_stay) {
  const CallId soon = add(SteadyTime{5s});
  add(SteadyTime{15s});
  EXPECT_TRUE(calls_.take_expired(SteadyTime{4s}).empty());
  const auto& expired = calls_.take_expired(SteadyTime{5s});
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(expired[0].id, soon);
  EXPECT_EQ(calls_.take_all().size(), 1U);
  EXPECT_EQ(calls_.size(), 0U);
}

}  // namespace
}  // namespace sovereign::core
