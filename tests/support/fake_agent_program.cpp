// The fake agent as a program, started like any agent (OPENSENTIENCE_* in its environment).
// Its tools keep the protocol: echo, hello_world, stream_counter {count}, sleep {ms},
// large_output {bytes}; or break it: crash, twice (two results), disorder (sequence numbers that do
// not rise, and a stream message after the result), undecided (canceled, then succeeded), broken
// (fails), no_length, too_long (frames). The file `mode` in its private folder says how it begins:
// wrong_token, strange_tools, fragments (byte by byte).
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "support/fake_agent.hpp"

namespace {

using sovereign::support::FakeAgent;
using sovereign::support::Message;

/// A tool of another agent's namespace, one without a schema, and the same name again.
constexpr std::string_view kStrangeTools =
    R"({"v":1,"type":"agent.tools.register","id":"11111111-1111-4111-8111-111111111111",)"
    R"("ts":"2026-01-01T00:00:00.000Z","payload":{"tools":[)"
    R"({"tool_id":"AGENT/echo","name":"echo","description":"d","input_schema":{}},)"
    R"({"tool_id":"com.other/stolen","name":"stolen","description":"d","input_schema":{}},)"
    R"({"tool_id":"AGENT/none","name":"none","description":"d"},)"
    R"({"tool_id":"AGENT/echo","name":"echo","description":"d","input_schema":{}}]}})";

std::string mode() {
  const char* home = std::getenv("HOME");
  std::ifstream file(std::string(home == nullptr ? "." : home) + "/mode");
  std::string word;
  file >> word;
  return word;
}

FakeAgent::Launch launch_for(std::string_view mode) {
  auto launch = FakeAgent::of_environment();
  if (mode == "wrong_token") launch.token.assign(launch.token.size(), 'A');
  return launch;
}

class Program {
 public:
  Program() : mode_(mode()), agent_(loop_, launch_for(mode_)), heartbeats_(loop_) {}

  void run() {
    begin();
    agent_.on_call([this](FakeAgent&, const Message& call) { answer(call); });
    agent_.on_message([this](FakeAgent&, const Message& message) { hear(message); });
    beat();
    agent_.serve();
  }

 private:
  void begin() {
    const std::vector<std::string> tools = {
        "echo",  "hello_world", "stream_counter", "sleep",  "large_output", "crash",
        "twice", "disorder",    "undecided",      "broken", "no_length",    "too_long"};
    if (mode_ == "fragments") agent_.send_byte_by_byte();
    if (mode_ != "strange_tools") return agent_.become_ready(tools);
    agent_.connect();
    std::string text(kStrangeTools);
    for (std::size_t at = 0; (at = text.find("AGENT", at)) != std::string::npos;) {
      text.replace(at, 5, agent_.agent_id());
    }
    agent_.send_text(text);
    agent_.receive("core.tools.registered");
  }

  using Timers = std::map<std::string, std::unique_ptr<boost::asio::steady_timer>>;

  static std::int64_t number(const Message& call, std::string_view pointer) {
    const auto value = call.at(pointer);
    return value.is_int64() ? value.get_int64() : 0;
  }

  void answer(const Message& call) {
    const std::string tool = call.text("/payload/tool_id");
    const std::string name = tool.substr(tool.find('/') + 1);
    if (name == "echo") {
      agent_.succeed(call, boost::json::serialize(call.at("/payload/input")));
    } else if (name == "hello_world") {
      agent_.succeed(call, R"({"greeting":"Hello, world!"})");
    } else if (name == "stream_counter") {
      const auto count = number(call, "/payload/input/count");
      for (std::int64_t i = 1; i <= count; ++i) agent_.stream(call, i, std::to_string(i));
      agent_.succeed(call);
    } else if (name == "large_output") {
      const auto bytes = static_cast<std::size_t>(number(call, "/payload/input/bytes"));
      agent_.succeed(call, R"({"text":")" + std::string(bytes, 'x') + R"("})");
    } else if (name == "sleep") {
      sleep(call);
    } else if (name == "crash") {
      std::abort();
    } else {
      misbehave(call, name);
    }
  }

  void misbehave(const Message& call, std::string_view name) {
    if (name == "twice") {
      agent_.succeed(call, R"({"result":1})");
      agent_.succeed(call, R"({"result":2})");
    } else if (name == "disorder") {
      for (const int seq : {1, 2, 2, 1, 7}) agent_.stream(call, seq, std::to_string(seq));
      agent_.succeed(call);
      agent_.stream(call, 8, "too late");
    } else if (name == "undecided") {
      undecided_.emplace(call.text("/payload/call_id"), call);
      agent_.stream(call, 1, "waiting");
    } else if (name == "broken") {
      agent_.fail(call, agent_.agent_id() + ".broken");
    } else if (name == "no_length") {
      agent_.send_bytes(std::string(4, '\0'));
    } else if (name == "too_long") {
      agent_.send_bytes(std::string("\xff\xff\xff\xff", 4));
    } else {
      agent_.fail(call, "tool.not_found");
    }
  }

  void sleep(const Message& call) {
    const std::string id = call.text("/payload/call_id");
    auto& timer = sleeping_[id] = std::make_unique<boost::asio::steady_timer>(loop_);
    timer->expires_after(std::chrono::milliseconds(number(call, "/payload/input/ms")));
    timer->async_wait([this, id, call](boost::system::error_code error) {
      error ? agent_.cancel(call) : agent_.succeed(call);
      sleeping_.erase(id);
    });
  }

  void hear(const Message& message) {
    if (message.type() == "core.goodbye") return agent_.close_and_serve_no_more();
    if (message.type() == "core.ping") {
      const std::string nonce = message.text("/payload/nonce");
      return agent_.send(sovereign::protocol::Pong{.nonce = nonce});
    }
    if (message.type() != "core.tool.cancel") return;
    const std::string id = message.text("/payload/call_id");
    if (const auto call = undecided_.find(id); call != undecided_.end()) {
      agent_.cancel(call->second);
      agent_.succeed(call->second);
      return;
    }
    const auto timer = sleeping_.find(id);
    agent_.send(sovereign::protocol::ToolCancelAck{
        .call_id = sovereign::base::Uuid::parse(id).value(), .accepted = timer != sleeping_.end()});
    if (timer != sleeping_.end()) timer->second->cancel();
  }

  void beat() {
    agent_.heartbeat();
    heartbeats_.expires_after(agent_.heartbeat_interval());
    heartbeats_.async_wait([this](boost::system::error_code error) {
      if (!error) beat();
    });
  }

  const std::string mode_;
  boost::asio::io_context loop_{1};
  FakeAgent agent_;
  boost::asio::steady_timer heartbeats_;
  Timers sleeping_;
  std::map<std::string, Message> undecided_;
};

}  // namespace

int main() {
  try {
    Program().run();
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "fake agent: %s\n", error.what());
    return 1;
  }
  return 0;
}
