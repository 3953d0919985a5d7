// Plays the shared transcripts against a real hub, and the nasty corpus.
#include <boost/json/parse.hpp>

#include <sstream>

#include "core/connections/hub_fixture_test.hpp"
#include "support/protocol_fixtures.hpp"

namespace sovereign::core {
namespace {

using support::protocol_fixture;
using support::protocol_fixtures;

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

/// Whether `value` has at least what `pattern` has.
bool has(const json::Value& value, const json::Value& pattern) {
  const auto* wanted = pattern.if_object();
  if (wanted == nullptr) return value == pattern;
  const auto* object = value.if_object();
  return object != nullptr && std::ranges::all_of(*wanted, [&](const auto& member) {
           const auto* found = object->if_contains(member.key());
           return found != nullptr && has(*found, member.value());
         });
}

class TranscriptsTest : public HubTest {
 protected:
  static constexpr std::string_view kAgent = "com.example.hello";

  TranscriptsTest() {
    const auto hello = boost::json::parse(protocol_fixture("messages/good/agent.hello.json"));
    token_ = view(hello.at("payload").at("session_token").as_string());
    hash_ = view(hello.at("payload").at("manifest_hash").as_string());
  }
  void launch_hello() {
    run_ = RunId::generate(random_);
    hub_->expect({.agent = AgentId::parse(kAgent).value(),
                  .run = run_,
                  .token_digest = crypto::sha256(token_),
                  .manifest_hash = hash_,
                  .expires = clock_.steady_now() + 120s});
    hub_->set_process(run_, ::getpid(), -1);
  }
  AgentSession& hello_session() { return *hub_->session(AgentId::parse(kAgent).value()); }

  void play(const json::Object& step, support::FakeAgent& fake, RecordingSink& sink) {
    const auto& [kind, content] = *step.begin();
    if (kind == "agent") {
      fake.send_text(boost::json::serialize(content));
    } else if (kind == "core") {
      const auto message = fake.receive();
      EXPECT_TRUE(has(message.document, content)) << boost::json::serialize(message.document);
    } else if (kind == "call") {
      call_hello(content, sink);
    } else if (kind == "cancel") {
      hello_session().cancel(call_, view(content.at("reason").as_string()),
                             std::chrono::milliseconds(content.at("deadline_ms").as_int64()));
    } else if (kind == "result") {
      expect_result(content.as_object(), sink);
    } else if (kind == "closed") {
      fake.wait_closed();
    } else {
      ADD_FAILURE() << "unknown step " << kind;
    }
  }
  void call_hello(const json::Value& content, RecordingSink& sink) {
    call_ = CallId::parse(view(content.at("call_id").as_string())).value();
    const std::string input = boost::json::serialize(content.at("input"));
    ASSERT_TRUE(
        hello_session().call({.id = call_,
                              .tool_id = view(content.at("tool_id").as_string()),
                              .input = input,
                              .request_id = view(content.at("request_id").as_string()),
                              .correlation_id = view(content.at("correlation_id").as_string())},
                             sink));
  }
  static void expect_result(const json::Object& wanted, const RecordingSink& sink) {
    EXPECT_EQ(sink.results, 1);
    json::Object got{{"status", sink.status == protocol::CallStatus::succeeded ? "succeeded"
                                : sink.status == protocol::CallStatus::failed  ? "failed"
                                                                               : "canceled"}};
    if (!sink.output.empty()) got["output"] = boost::json::parse(sink.output);
    if (!sink.error.empty()) got["error"] = sink.error;
    if (!sink.streamed.empty())
      got["streamed"] = json::Array(sink.streamed.begin(), sink.streamed.end());
    EXPECT_EQ(got, wanted);
  }

  std::string token_;
  std::string hash_;
  CallId call_{};
};

TEST_F(TranscriptsTest, the_hub_does_its_part_of_every_transcript) {
  start();
  for (const auto& fixture : protocol_fixtures("transcripts")) {
    SCOPED_TRACE(fixture.name);
    launch_hello();
    RecordingSink sink;
    const auto fake = agent(token_, kAgent);
    std::istringstream lines(fixture.content);
    for (std::string line; std::getline(lines, line);) {
      play(boost::json::parse(line).as_object(), *fake, sink);
    }
    hub_->withdraw(run_, "end of transcript");
  }
}

TEST_F(TranscriptsTest, every_message_to_refuse_ends_a_session_and_says_why) {
  start();
  for (const auto& fixture : protocol_fixtures("messages/refused")) {
    SCOPED_TRACE(fixture.name);
    launch();
    const auto fake = agent();
    fake->become_ready({"echo"});
    RecordingSink sink;
    call(sink);
    fake->send_text(fixture.content);
    const std::string reason = fake->receive("core.goodbye").text("/payload/reason");
    EXPECT_TRUE(("protocol." + fixture.name).starts_with(reason)) << reason;
    fake->wait_closed();
    EXPECT_EQ(sink.error, "agent.disconnected");
    hub_->withdraw(run_, "next");
  }
}

TEST_F(TranscriptsTest, every_message_to_refuse_ends_a_connection_without_a_hello) {
  start();
  for (const auto& fixture : protocol_fixtures("messages/refused")) {
    SCOPED_TRACE(fixture.name);
    const auto fake = agent();
    fake->send_text(fixture.content);
    fake->wait_closed();
  }
  EXPECT_EQ(hub_->connected(), 0U);
}

TEST_F(TranscriptsTest, payloads_of_wrong_shape_are_dropped_until_there_are_too_many) {
  const auto fake = ready_agent();
  const std::string head =
      R"({"v":1,"id":"00000000-0000-4000-8000-000000000001","ts":"2026-01-31T12:00:00Z","type":")";
  const std::vector<std::string> bodies{
      R"(agent.tool.result","payload":{}})",
      R"(agent.tool.result","payload":{"call_id":7,"status":"succeeded"}})",
      R"(agent.tool.stream","payload":{"call_id":"x","seq":"1","channel":"stdin","data":[]}})",
      R"(agent.heartbeat","payload":{"session_id":[]}})",
      R"(agent.tools.register","payload":{"tools":"all"}})",
      R"(agent.tools.unregister","payload":{"tool_ids":[7]}})",
      R"(agent.tool.call","payload":{"input":"x"}})",
      R"(core.tool.call","payload":{}})",
      R"(core.ping","payload":{"nonce":{}}})"};
  for (const auto& body : bodies) fake->send_text(head + body);
  settle(*fake);
  EXPECT_EQ(journal_.count("protocol.violation"), bodies.size());
  EXPECT_EQ(hub_->connected(), 1U);
  for (int i = 0; i < 40; ++i) fake->send_text(head + bodies[3]);
  EXPECT_EQ(fake->receive("core.goodbye").text("/payload/reason"), "protocol.bad_envelope");
  fake->wait_closed();
}

TEST_F(TranscriptsTest, a_schema_over_its_limit_is_rejected_and_names_it) {
  start();
  launch();
  const auto fake = agent();
  fake->connect();
  const std::string schema = R"({"description":")" + std::string(64 * 1024, 'x') + R"("})";
  const std::string tools = protocol::tools_text({{.tool_id = "com.example.fake/big",
                                                   .name = "big",
                                                   .description = "d",
                                                   .input_schema = {.text = schema}}});
  fake->send(protocol::ToolsRegister{.tools = {.text = tools}});
  const auto answer = fake->receive("core.tools.registered");
  EXPECT_EQ(answer.text("/payload/rejected/0/error/code"), "tool.input_too_large");
  EXPECT_THAT(answer.text("/payload/rejected/0/error/message"),
              ::testing::HasSubstr("max_schema_bytes"));
}

// --- Faults ------------------------------------------------------------------------------------

// What the hub's next writes do; static because the seam is a plain function.
struct Writes {
  static inline int count = 0;
  static inline int fail_at = 0;

  static ssize_t send(int socket, const void* bytes, std::size_t size, int flags) {
    if (++count != fail_at) return ::send(socket, bytes, size, flags);
    errno = EPIPE;
    return -1;
  }
};

TEST_F(TranscriptsTest, whichever_write_fails_each_call_ends_once_and_the_hub_goes_on) {
  configure([](HubOptions& options) { options.send = &Writes::send; });
  start();
  for (int n = 1;; ++n) {
    SCOPED_TRACE(n);
    launch();
    Writes::count = 0;
    Writes::fail_at = n;
    observer_.log.clear();
    std::vector<RecordingSink> sinks(3);
    std::size_t sent = 0;
    const auto fake = agent();
    fake->on_call(
        [](support::FakeAgent& self, const support::Message& request) { self.succeed(request); });
    try {
      fake->become_ready({"echo"});
      for (auto& sink : sinks) {
        auto* session = hub_->session(AgentId::parse("com.example.fake").value());
        if (session == nullptr || !session->call({.id = CallId::generate(random_),
                                                  .tool_id = "com.example.fake/echo",
                                                  .input = "{}",
                                                  .request_id = "r"},
                                                 sink)) {
          break;
        }
        ++sent;
      }
    } catch (const std::runtime_error&) {
      // The agent's own complaint that it was not welcomed or answered.
    }
    for (std::size_t i = 0; i < sent; ++i) {
      EXPECT_TRUE(until([&] { return sinks[i].results > 0; }));
    }
    hub_->withdraw(run_, "next");
    for (std::size_t i = 0; i < sinks.size(); ++i) EXPECT_EQ(sinks[i].results, i < sent ? 1 : 0);
    if (Writes::count < n) {
      EXPECT_GT(n, 5);
      EXPECT_EQ(sent, sinks.size());
      break;
    }
    if (observer_.has("connected")) EXPECT_TRUE(observer_.has("disconnected"));
  }
}

}  // namespace
}  // namespace sovereign::core
