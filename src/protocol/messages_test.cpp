// Messages as the shared fixtures have them: read, written and read again; and those to refuse.
#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "json/parse.hpp"
#include "protocol/envelope.hpp"
#include "protocol/frame_writer.hpp"
#include "protocol/tables.hpp"
#include "support/protocol_fixtures.hpp"

namespace sovereign::protocol {
namespace {

/// Ids that differ, and are the same in every run.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (auto& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_ = 0;
};

using support::protocol_fixture;
using support::protocol_fixtures;
using ::testing::HasSubstr;

class MessagesTest : public ::testing::Test {
 protected:
  Header header_of(const Envelope& envelope) {
    in_reply_to_ = envelope.in_reply_to.value_or("");
    return {.in_reply_to = in_reply_to_,
            .request_id = envelope.request_id.value_or(""),
            .correlation_id = envelope.correlation_id.value_or(""),
            .causation_id = envelope.causation_id.value_or(""),
            .actor = envelope.actor ? &*envelope.actor : nullptr,
            .error = envelope.error ? &*envelope.error : nullptr};
  }
  template <typename M>
  std::string again(const Envelope& envelope) {
    const auto message = inbox_.payload<M>();
    if (!message) return "unreadable: " + describe(message.error());
    return std::string(writer_.frame(header_of(envelope), *message).substr(kLengthBytes));
  }
  /// What our writer makes of what our reader made of it.
  std::string rewrite(const Envelope& envelope) {
    switch (parse_type(envelope.type).value()) {
      case MessageType::agent_hello: return again<Hello>(envelope);
      case MessageType::core_welcome: return again<Welcome>(envelope);
      case MessageType::core_goodbye: return again<Goodbye>(envelope);
      case MessageType::agent_tools_register: return again<ToolsRegister>(envelope);
      case MessageType::core_tools_registered: return again<ToolsRegistered>(envelope);
      case MessageType::agent_tools_unregister: return again<ToolsUnregister>(envelope);
      case MessageType::core_tools_unregistered: return again<ToolsUnregistered>(envelope);
      case MessageType::core_tool_call: return again<ToolCall>(envelope);
      case MessageType::agent_tool_stream: return again<ToolStream>(envelope);
      case MessageType::agent_tool_result: return again<ToolResult>(envelope);
      case MessageType::core_tool_cancel: return again<ToolCancel>(envelope);
      case MessageType::agent_tool_cancel_ack: return again<ToolCancelAck>(envelope);
      case MessageType::agent_heartbeat: return again<Heartbeat>(envelope);
      case MessageType::core_ping: return again<Ping>(envelope);
      case MessageType::agent_pong: return again<Pong>(envelope);
      case MessageType::agent_tool_call: return again<Invoke>(envelope);
      case MessageType::core_tool_stream: return again<InvokeStream>(envelope);
      case MessageType::core_tool_result: return again<InvokeResult>(envelope);
      case MessageType::agent_tool_cancel: return again<InvokeCancel>(envelope);
    }
    return "unknown";
  }

  base::ManualClock clock_;
  CountingRandom random_;
  FrameWriter writer_{clock_, random_};
  Inbox inbox_;
  std::string in_reply_to_;
};

TEST_F(MessagesTest, each_type_survives_reading_and_writing_with_all_its_members) {
  for (const auto& fixture : protocol_fixtures("messages/good")) {
    const auto envelope = inbox_.read(fixture.content);
    ASSERT_TRUE(envelope) << fixture.name << ": " << envelope.error().detail;
    auto expected = json::parse(fixture.content).value();
    auto written = json::parse(rewrite(*envelope));
    ASSERT_TRUE(written) << fixture.name;
    for (const char* changing : {"id", "ts"}) {
      expected.as_object().erase(changing);
      written->as_object().erase(changing);
    }
    EXPECT_EQ(expected, *written) << fixture.name << ": " << boost::json::serialize(*written);
  }
}

TEST_F(MessagesTest, what_is_no_message_is_refused_with_its_code) {
  for (const auto& fixture : protocol_fixtures("messages/refused")) {
    const auto envelope = inbox_.read(fixture.content);
    ASSERT_FALSE(envelope) << fixture.name;
    const std::string_view code = envelope.error().what == BadMessage::frame ? "bad_frame"
                                  : envelope.error().what == BadMessage::envelope
                                      ? "bad_envelope"
                                      : "version_unsupported";
    EXPECT_TRUE(fixture.name.starts_with(code)) << fixture.name << ": " << envelope.error().detail;
    EXPECT_FALSE(envelope.error().detail.empty()) << fixture.name;
  }
}

TEST_F(MessagesTest, refusals_name_the_member_and_never_its_value) {
  const auto refused = inbox_.read(
      R"({"v":1,"type":"agent.heartbeat","id":"hunter2","ts":"2026-01-31T12:00:00Z","payload":{}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail, "/id: This must be a UUID.");
}

TEST_F(MessagesTest, a_payload_of_wrong_types_is_refused_member_by_member) {
  const std::string head =
      R"({"v":1,"type":"x","id":"00000000-0000-4000-8000-000000000001","ts":"2026-01-31T12:00:00Z","payload":)";
  ASSERT_TRUE(inbox_.read(head + R"({"call_id":7,"status":"won","output":[]}})"));
  const auto result = inbox_.payload<ToolResult>();
  ASSERT_FALSE(result);
  ASSERT_EQ(result.error().fields.size(), 3U);
  ASSERT_TRUE(inbox_.read(head + R"({"tools":{}}})"));
  EXPECT_FALSE(inbox_.payload<ToolsRegister>());
  ASSERT_TRUE(inbox_.read(head + R"({"nonce":")" + std::string(201, 'x') + R"("}})"));
  EXPECT_FALSE(inbox_.payload<Ping>());
  ASSERT_TRUE(inbox_.read(head + R"({"call_id":"00000000-0000-4000-8000-000000000001","seq":0,)"
                                 R"("channel":"log","data":{"text":"x"}}})"));
  EXPECT_FALSE(inbox_.payload<ToolStream>());
}

TEST_F(MessagesTest, what_passes_through_keeps_the_text_it_came_with) {
  const std::string_view message =
      R"({"v":1,"type":"agent.tool.result","id":"00000000-0000-4000-8000-000000000001",)"
      R"("ts":"2026-01-31T12:00:00Z","payload":{"call_id":"00000000-0000-4000-8000-000000000001",)"
      R"("status":"succeeded","output" : {"n": 123456789012345678901234567890} }})";
  ASSERT_TRUE(inbox_.read(message));
  const auto result = inbox_.payload<ToolResult>();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output->text, R"({"n": 123456789012345678901234567890})");
  std::string line;
  write_line(line, *result->output);
  EXPECT_EQ(line, R"({"n":123456789012345678901234567890})");

  std::string escaped(message);
  escaped.replace(escaped.find("output"), 6, "\\u006futput");
  ASSERT_TRUE(inbox_.read(escaped));
  EXPECT_TRUE(inbox_.payload<ToolResult>()->output->text.empty());
}

TEST_F(MessagesTest, a_small_text_cannot_take_much_memory) {
  std::string text = R"({"v":1,"x":[)";
  for (std::size_t i = 0; i < json::kMaxValues; ++i) text += "0,";
  text += "0]}";
  const auto refused = inbox_.read(text);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("500000 values"));
}

TEST_F(MessagesTest, the_length_in_front_is_that_of_the_content) {
  const std::string_view frame = writer_.frame({}, Ping{.nonce = std::string(100, 'x')});
  const auto length =
      static_cast<std::uint8_t>(frame[2]) * 256U + static_cast<std::uint8_t>(frame[3]);
  EXPECT_EQ(length, frame.size() - kLengthBytes);
}

TEST_F(MessagesTest, ids_differ_and_times_are_rfc_3339_in_utc_with_milliseconds) {
  clock_.advance(std::chrono::microseconds{7'890});
  const auto time_of = [&](std::string_view frame) {
    const auto document = json::parse(frame.substr(kLengthBytes)).value();
    return std::pair(std::string(document.at("id").as_string()),
                     std::string(document.at("ts").as_string()));
  };
  const auto [first_id, first_ts] = time_of(writer_.frame({}, Ping{.nonce = "x"}));
  EXPECT_EQ(first_ts, "2025-06-15T15:06:40.007Z");
  clock_.advance(std::chrono::milliseconds{995});
  std::string last_id = first_id;
  for (int i = 0; i < 200; ++i) {
    const auto [id, ts] = time_of(writer_.frame({}, Ping{.nonce = "x"}));
    EXPECT_NE(id, last_id);
    EXPECT_TRUE(base::Uuid::parse(id));
    EXPECT_EQ(ts, "2025-06-15T15:06:41.002Z");
    last_id = id;
  }
}

TEST_F(MessagesTest, texts_are_escaped_on_their_way_out) {
  const std::string_view frame =
      writer_.frame({.correlation_id = "a\"b"}, Goodbye{.reason = "line\n\\ \x01"});
  const auto envelope = inbox_.read(frame.substr(kLengthBytes));
  ASSERT_TRUE(envelope);
  EXPECT_EQ(envelope->correlation_id, "a\"b");
  EXPECT_EQ(inbox_.payload<Goodbye>()->reason, "line\n\\ \x01");
}

}  // namespace
}  // namespace sovereign::protocol
