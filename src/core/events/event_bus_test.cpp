#include "core/events/event_bus.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <gtest/gtest.h>

#include "support/await.hpp"

namespace sovereign::core {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class EventBusTest : public testing::Test {
 protected:
  Result<SharedEvent> next(Subscription& subscription, std::chrono::milliseconds wait = 0ms) {
    std::optional<Result<SharedEvent>> outcome;
    asio::co_spawn(loop_, support::keep_outcome(subscription.next(wait), outcome), asio::detached);
    loop_.restart();
    loop_.run();
    return std::move(outcome.value());
  }
  /// The types that are there now, in their order.
  std::vector<std::string> types(Subscription& subscription) {
    std::vector<std::string> found;
    while (const auto event = next(subscription).value()) found.push_back(event->type);
    return found;
  }
  using Types = std::vector<std::string>;

  asio::io_context loop_{1};
  base::ManualClock clock_;
  EventBus bus_{loop_.get_executor(), clock_, 8};
};

TEST_F(EventBusTest, SubscribersGetWhatIsPublishedFromThenOnInOrder) {
  bus_.publish("early", "");
  auto first = bus_.subscribe({});
  auto second = bus_.subscribe({});
  bus_.publish("agent.changed", "com.example.a", {{"run", "running"}});
  bus_.publish("run.log", "com.example.a");
  EXPECT_EQ(types(first), (Types{"agent.changed", "run.log"}));
  EXPECT_EQ(types(second), (Types{"agent.changed", "run.log"}));
  EXPECT_EQ(types(second), Types{});
}

TEST_F(EventBusTest, DataHoldsThePublishersMembersTheSubjectAndTheTime) {
  auto subscription = bus_.subscribe({});
  bus_.publish("agent.changed", "com.example.a", {{"run", "running"}});
  const auto event = next(subscription).value();
  EXPECT_EQ(event->subject, "com.example.a");
  EXPECT_EQ(event->data,
            R"({"run":"running","subject":"com.example.a","at":"2025-06-15T15:06:40Z"})");
  EXPECT_EQ(event->id, bus_.last_id());
}

TEST_F(EventBusTest, AFilterTakesTypesFamiliesAndASubject) {
  auto types_only = bus_.subscribe({.types = {"agent.*", "run.log"}});
  auto of_b = bus_.subscribe({.subject = "b"});
  bus_.publish("agent.changed", "a");
  bus_.publish("agents", "a");
  bus_.publish("run.log", "b");
  bus_.publish("run.changed", "b");
  EXPECT_EQ(types(types_only), (Types{"agent.changed", "run.log"}));
  EXPECT_EQ(types(of_b), (Types{"run.log", "run.changed"}));
}

TEST_F(EventBusTest, NextWaitsForAnEventAndNoLongerThanItIsTold) {
  auto subscription = bus_.subscribe({.types = {"wanted"}});
  asio::post(loop_, [&] { bus_.publish("other", ""); });
  asio::post(loop_, [&] { bus_.publish("wanted", ""); });
  EXPECT_EQ(next(subscription, 1h).value()->type, "wanted");
  EXPECT_EQ(next(subscription, 1ms).value(), nullptr);
}

TEST_F(EventBusTest, ResumingGivesWhatCameAfterTheIdSeenLast) {
  auto subscription = bus_.subscribe({});
  bus_.publish("one", "");
  bus_.publish("two", "");
  bus_.publish("three", "");
  const auto one = next(subscription).value()->id;
  auto resumed = bus_.subscribe({}, one);
  EXPECT_EQ(types(resumed), (Types{"two", "three"}));
  auto at_the_end = bus_.subscribe({}, bus_.last_id());
  EXPECT_EQ(types(at_the_end), Types{});
}

TEST_F(EventBusTest, ResumingTooLateOrFromAnotherLifeSaysThatThereIsAGap) {
  const auto start = bus_.last_id();
  for (int i = 0; i < 10; ++i) bus_.publish(fmt::format("{}", i), "");
  for (const std::uint64_t after : {start + 1, std::uint64_t{0}, bus_.last_id() + 1}) {
    auto late = bus_.subscribe({.types = {"9"}}, after);
    const auto gap = next(late).value();
    EXPECT_EQ(gap->type, kGap);
    EXPECT_TRUE(
        gap->data.starts_with(fmt::format(R"({{"after":{},"oldest":{},)", after, start + 3)))
        << gap->data;
    EXPECT_EQ(types(late), Types{"9"});
  }
  auto in_time = bus_.subscribe({}, start + 2);
  EXPECT_EQ(next(in_time).value()->type, "2");
}

TEST_F(EventBusTest, ASubscriberThatDoesNotReadIsCutOffAndToldWhereToResume) {
  auto slow = bus_.subscribe({});
  bus_.publish("read", "");
  ASSERT_EQ(next(slow).value()->type, "read");
  const auto seen = slow.position();
  for (int i = 0; i < 9; ++i) bus_.publish("missed", "");
  const auto cut = next(slow);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::too_large);
  EXPECT_TRUE(cut.error().detail.contains(fmt::format("{}", seen))) << cut.error().detail;
}

TEST_F(EventBusTest, ASubscriberWaitingForOtherTypesIsNotCutOff) {
  auto picky = bus_.subscribe({.types = {"wanted"}});
  std::optional<Result<SharedEvent>> outcome;
  asio::co_spawn(loop_, support::keep_outcome(picky.next(1h), outcome), asio::detached);
  loop_.poll();
  for (int i = 0; i < 20; ++i) bus_.publish("other", "");
  bus_.publish("wanted", "");
  loop_.run();
  ASSERT_TRUE(outcome.value());
  EXPECT_EQ((**outcome)->type, "wanted");
}

TEST_F(EventBusTest, ClosingEndsSubscriptionsThatWait) {
  auto subscription = bus_.subscribe({});
  asio::post(loop_, [&] { bus_.close(); });
  EXPECT_EQ(next(subscription, 1h).error().code, ErrorCode::unavailable);
  auto late = bus_.subscribe({});
  EXPECT_FALSE(next(late));
}

TEST_F(EventBusTest, SubscriptionsMayOutliveTheBusAndAreCounted) {
  std::optional<EventBus> bus(std::in_place, loop_.get_executor(), clock_);
  auto subscription = bus->subscribe({});
  {
    const auto other = bus->subscribe({});
    EXPECT_EQ(bus->subscribers(), 2U);
  }
  EXPECT_EQ(bus->subscribers(), 1U);
  bus.reset();
  EXPECT_FALSE(next(subscription));
}

TEST_F(EventBusTest, ACancelledWaitLeavesTheSubscriptionUsable) {
  auto subscription = bus_.subscribe({});
  asio::cancellation_signal cancel;
  std::optional<Result<SharedEvent>> outcome;
  asio::co_spawn(loop_, support::keep_outcome(subscription.next(1h), outcome),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  asio::post(loop_, [&] { cancel.emit(asio::cancellation_type::terminal); });
  loop_.run();
  bus_.publish("after", "");
  EXPECT_EQ(types(subscription), Types{"after"});
}

}  // namespace
}  // namespace sovereign::core
