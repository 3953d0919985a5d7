#include "core/events/routes.hpp"

#include <gtest/gtest.h>

#include "http/sse.hpp"
#include "support/route_caller.hpp"

namespace sovereign::core {
namespace {

namespace asio = boost::asio;

class KeptStream final : public http::StreamWriter {
 public:
  asio::awaitable<bool> write(std::string_view bytes) override {
    for (auto& event : parser.feed(bytes)) events.push_back(std::move(event));
    co_return true;
  }
  http::SseParser parser;
  std::vector<http::SseParser::Event> events;
};

class EventRoutesTest : public testing::Test {
 protected:
  http::Response get(std::string target, std::vector<http::Header> headers = {}) {
    http::RouteTable table;
    routes_.add_to(table);
    return support::RouteCaller(std::move(table))(
        {.target = std::move(target), .headers = std::move(headers)});
  }
  /// What the client has read when `meanwhile` is over and the bus was closed.
  template <typename Action>
  std::vector<http::SseParser::Event> read(http::Response response, Action meanwhile) {
    KeptStream stream;
    asio::co_spawn(loop_, response.stream->run(stream), asio::detached);
    loop_.poll();
    meanwhile();
    loop_.poll();
    bus_.close();
    loop_.run();
    return std::move(stream.events);
  }

  asio::io_context loop_{1};
  base::ManualClock clock_;
  EventBus bus_{loop_.get_executor(), clock_, 8};
  EventRoutes routes_{bus_};
};

TEST_F(EventRoutesTest, AClientGetsTheEventsItAskedForWithTheirIds) {
  auto response = get("/api/v1/events?type=agent.*&subject=a.b");
  EXPECT_EQ(response.content_type, http::kEventStream);
  const auto events = read(std::move(response), [&] {
    bus_.publish("agent.changed", "a.b", {{"run", "running"}});
    bus_.publish("agent.changed", "other");
    bus_.publish("run.log", "a.b");
  });
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event, "agent.changed");
  EXPECT_EQ(events[0].id, fmt::format("{}", bus_.last_id() - 2));
  EXPECT_TRUE(events[0].data.starts_with(R"({"run":"running","subject":"a.b")"));
}

TEST_F(EventRoutesTest, LastEventIdResumesAndAGapIsTold) {
  bus_.publish("one", "");
  const std::string one = fmt::format("{}", bus_.last_id());
  bus_.publish("two", "");
  auto resumed = get("/api/v1/events", {{"Last-Event-ID", one}});
  const auto after_one = read(std::move(resumed), [] {});
  ASSERT_EQ(after_one.size(), 1U);
  EXPECT_EQ(after_one[0].event, "two");
  EXPECT_EQ(get("/api/v1/events", {{"Last-Event-ID", "x"}}).status, 400);
}

TEST_F(EventRoutesTest, AnIdOfAnEarlierLifeIsAnsweredWithAGapAndWhatThereIs) {
  bus_.publish("one", "");
  const auto events = read(get("/api/v1/events?last_event_id=5"), [] {});
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].event, kGap);
  EXPECT_EQ(events[1].event, "one");
}

}  // namespace
}  // namespace sovereign::core
