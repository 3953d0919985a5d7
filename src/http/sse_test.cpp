#include "http/sse.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace sovereign::http {
namespace {

std::string sse(const SseEvent& event) {
  std::string out;
  append_sse(out, event);
  return out;
}

TEST(Sse, WritesFieldsAndSplitsDataAtEveryKindOfLineEnd) {
  EXPECT_EQ(sse({.id = "7", .event = "run.log", .data = "one"}),
            "id: 7\nevent: run.log\ndata: one\n\n");
  EXPECT_EQ(sse({.data = "a\nb\r\nc\rd\n"}), "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
  EXPECT_EQ(sse({.data = ""}), "data: \n\n");
}

TEST(Sse, NoFieldCanSmuggleAnother) {
  EXPECT_EQ(sse({.id = "1\ndata: x", .event = "a\rretry: 1", .data = "d"}), "data: d\n\n");
  EXPECT_EQ(sse({.id = std::string_view("1\0", 2), .data = "d"}), "data: d\n\n");
}

TEST(Sse, SaysHowLongToWaitBeforeConnectingAgain) {
  std::string out;
  append_sse_retry(out, std::chrono::seconds{2});
  EXPECT_EQ(out, "retry: 2000\n\n");
}

Result<std::optional<std::uint64_t>> last_id(std::vector<Header> headers, std::string_view query) {
  return last_event_id(Request{.query = query, .headers = headers});
}

TEST(LastEventId, ComesFromTheHeaderOrTheQuery) {
  EXPECT_EQ(last_id({}, ""), std::nullopt);
  EXPECT_EQ(last_id({{"Last-Event-ID", "12"}}, "last_event_id=3"), 12U);
  EXPECT_EQ(last_id({}, "x=1&last_event_id=3"), 3U);
  EXPECT_EQ(last_id({}, "last_event_id="), std::nullopt);
}

TEST(LastEventId, ThatIsNoNumberIsRefused) {
  for (const char* text : {"-1", "1x", "99999999999999999999", "abc"}) {
    const auto id = last_id({{"Last-Event-ID", text}}, "");
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, ErrorCode::malformed);
  }
}

TEST(SseParser, ReadsWhatIsWrittenHoweverItIsCut) {
  std::string text = ":\n\n" + sse({.id = "1", .event = "a", .data = "x\ny"}) + sse({.data = "z"});
  text += "event: no data\n\nid: 2\ndata:tight\r\n\r\n";
  SseParser parser;
  std::vector<SseParser::Event> events;
  for (const char& c : text) {
    for (auto& event : parser.feed({&c, 1})) events.push_back(std::move(event));
  }
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].id + events[0].event + events[0].data, "1ax\ny");
  EXPECT_EQ(events[1].id + events[1].event + events[1].data, "1messagez");
  EXPECT_EQ(events[2].id + events[2].event + events[2].data, "2messagetight");
}

/// Takes what is written, up to a number of writes.
class Taker final : public StreamWriter {
 public:
  boost::asio::awaitable<bool> write(std::string_view bytes) override {
    taken += bytes;
    co_return --room > 0;
  }
  std::string taken;
  int room = 2;
};

class Counting final : public SseBody {
 public:
  Counting() : SseBody(SseLength::endless) {}

 protected:
  boost::asio::awaitable<void> events(SseWriter& writer) override {
    for (int i = 0;; ++i) {
      const auto id = std::to_string(i);
      const bool is_open = co_await writer.send({.id = id, .data = "d"});
      if (!is_open) co_return;
    }
  }
};

TEST(SseBody, SendsWholeEventsUntilTheStreamIsOver) {
  Counting body;
  Taker taker;
  boost::asio::io_context loop;
  boost::asio::co_spawn(loop, body.run(taker), [](std::exception_ptr e) { EXPECT_FALSE(e); });
  loop.run();
  EXPECT_EQ(taker.taken, "id: 0\ndata: d\n\nid: 1\ndata: d\n\n");
}

TEST(SseBody, IsAnnouncedAndBeatsItsHeart) {
  const auto response = sse_response(std::make_unique<Counting>());
  EXPECT_EQ(response.content_type, kEventStream);
  EXPECT_TRUE(response.stream->traits().is_endless);
  EXPECT_EQ(response.stream->traits().heartbeat, kSseHeartbeat);
  EXPECT_EQ(SseParser().feed(response.stream->traits().heartbeat_bytes).size(), 0U);
}

}  // namespace
}  // namespace sovereign::http
