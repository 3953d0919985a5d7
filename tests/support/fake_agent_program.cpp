// The fake agent as a program, started like any agent (OPENSENTIENCE_* in its environment): echo,
// hello_world, stream_counter {count}, sleep {ms}, large_output {bytes}, crash.
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "support/fake_agent.hpp"

namespace {

using sovereign::support::FakeAgent;
using sovereign::support::Message;

class Program {
 public:
  Program() : agent_(loop_, FakeAgent::of_environment()), heartbeats_(loop_) {}

  void run() {
    agent_.become_ready(
        {"echo", "hello_world", "stream_counter", "sleep", "large_output", "crash"});
    agent_.on_call([this](FakeAgent&, const Message& call) { answer(call); });
    agent_.on_message([this](FakeAgent&, const Message& message) { hear(message); });
    beat();
    agent_.serve();
  }

 private:
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
    const auto timer = sleeping_.find(id);
    agent_.send(sovereign::protocol::ToolCancelAck{
        .call_id = sovereign::base::Uuid::parse(id).value(), .accepted = timer != sleeping_.end()});
    if (timer != sleeping_.end()) timer->second->cancel();
  }

  void beat() {
    agent_.heartbeat();
    heartbeats_.expires_after(std::chrono::seconds(5));
    heartbeats_.async_wait([this](boost::system::error_code error) {
      if (!error) beat();
    });
  }

  boost::asio::io_context loop_{1};
  FakeAgent agent_;
  boost::asio::steady_timer heartbeats_;
  Timers sleeping_;
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
