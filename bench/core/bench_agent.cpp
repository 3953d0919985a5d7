// The agent that the Core's benchmarks call: does the least that the runtime protocol asks of an
// agent, blocking, on one thread, with one system call for whatever was there to be read. Tools:
//
//   echo    answers with its input
//   times   when this process was connected and ready, in microseconds of the monotonic clock
//   drive   {targets, calls, in_flight, bytes}: calls other agents' tools through the Core (the
//           extension `invoke`), and answers with round trip times and the rate
//
// Without a session token it only connects, prints the time, and ends.
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "crypto/random.hpp"
#include "ipc/frame_decoder.hpp"
#include "ipc/unix_listener.hpp"
#include "json/parse.hpp"
#include "json/write.hpp"
#include "protocol/frame_writer.hpp"
#include "round_trips.hpp"

namespace {

using namespace sovereign;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto kHeartbeat = 2s;

std::string of_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::int64_t microseconds(Steady::time_point at) {
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

/// A string member without its quotes; its texts need no escapes here.
std::string_view word(std::string_view object, std::string_view name) {
  const auto raw = json::raw_member(object, name).value_or("\"\"");
  return raw.substr(1, raw.size() - 2);
}

/// Frames over a blocking socket. What is sent goes out before the next wait.
class Wire {
 public:
  Wire() : socket_(loop_) {
    auto connected = ipc::connect(loop_.get_executor(), of_environment("OPENSENTIENCE_SOCKET"));
    if (!connected) {
      fmt::print(stderr, "bench agent: {}\n", connected.error().detail);
      std::exit(1);
    }
    socket_ = std::move(*connected);
  }

  template <typename M>
  void send(const M& message, const protocol::Header& header = {}) {
    out_ += writer_.frame(header, message);
  }

  /// The next frame; empty when none came within a second. Ends the process with the connection.
  std::string_view next() {
    for (;;) {
      const auto frame = decoder_.next();
      if (!frame) std::exit(1);
      if (*frame) return **frame;
      flush();
      const auto space = decoder_.space();
      // Who waits in recv() is woken, too, when the other side has read something.
      pollfd readable{.fd = fd(), .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, 1000) <= 0) return {};
      const ssize_t bytes = ::recv(fd(), space.data(), space.size(), 0);
      if (bytes == 0) std::exit(0);
      if (bytes < 0) return {};
      decoder_.commit(static_cast<std::size_t>(bytes));
    }
  }

  void flush() {
    std::string_view rest = out_;
    while (!rest.empty()) {
      const ssize_t sent = ::send(fd(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        rest.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      if (errno != EAGAIN) std::exit(0);
      pollfd writable{.fd = fd(), .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    }
    out_.clear();
  }

 private:
  int fd() { return socket_.native_handle(); }

  boost::asio::io_context loop_;
  ipc::Socket socket_;
  base::SystemClock clock_;
  crypto::SystemRandom random_;
  protocol::FrameWriter writer_{clock_, random_};
  ipc::FrameDecoder decoder_{4 * 1024 * 1024};
  std::string out_;
};

struct Plan {
  std::vector<std::string> targets;
  std::size_t calls = 0;
  std::size_t in_flight = 0;
  std::string input;
};

Plan read_plan(std::string_view text) {
  const auto document = json::parse(text);
  const auto& plan = document->as_object();
  Plan result{.calls = plan.at("calls").to_number<std::size_t>(),
              .in_flight = plan.at("in_flight").to_number<std::size_t>(),
              .input = bench::input_of(plan.at("bytes").to_number<std::size_t>())};
  for (const auto& target : plan.at("targets").as_array())
    result.targets.emplace_back(target.as_string());
  return result;
}

class Agent {
 public:
  explicit Agent(Steady::time_point connected_at, Wire& wire)
      : wire_(wire), id_(of_environment("OPENSENTIENCE_AGENT_ID")), connected_at_(connected_at) {}

  void run() {
    greet();
    for (;;) {
      const std::string_view frame = receive();
      const std::string_view type = word(frame, "type");
      if (type == "core.goodbye") return;
      if (type == "core.tool.call") answer(json::raw_member(frame, "payload").value_or("{}"));
    }
  }

 private:
  void greet() {
    const std::string token = of_environment("OPENSENTIENCE_SESSION_TOKEN");
    const std::string hash = of_environment("OPENSENTIENCE_MANIFEST_HASH");
    wire_.send(protocol::Hello{
        .session_token = token,
        .agent_id = id_,
        .agent_version = "1.0.0",
        .manifest_hash = hash,
        .protocol = {.supported_versions = {1}, .capabilities = {protocol::kInvoke}}});
    session_ =
        word(json::raw_member(await("core.welcome"), "payload").value_or("{}"), "session_id");
    register_tools();
    await("core.tools.registered");
    ready_at_ = Steady::now();
  }

  void register_tools() {
    constexpr std::string_view kText =
        R"({"type":"object","properties":{"text":{"type":"string"}},"required":["text"]})";
    constexpr std::string_view kAny = R"({"type":"object"})";
    const std::string ids[] = {id_ + "/echo", id_ + "/times", id_ + "/drive"};
    const std::string text = protocol::tools_text({{.tool_id = ids[0],
                                                    .name = "echo",
                                                    .description = "Echo.",
                                                    .input_schema = {.text = kText}},
                                                   {.tool_id = ids[1],
                                                    .name = "times",
                                                    .description = "Times.",
                                                    .input_schema = {.text = kAny}},
                                                   {.tool_id = ids[2],
                                                    .name = "drive",
                                                    .description = "Load.",
                                                    .input_schema = {.text = kAny}}});
    wire_.send(protocol::ToolsRegister{.tools = {.text = text}});
  }

  /// The next message, with heartbeats in between.
  std::string_view receive() {
    for (;;) {
      const std::string_view frame = wire_.next();
      if (const auto now = Steady::now(); now >= next_beat_ && !session_.empty()) {
        next_beat_ = now + kHeartbeat;
        wire_.send(protocol::Heartbeat{
            .session_id = session_,
            .uptime_ms = (microseconds(now) - microseconds(connected_at_)) / 1000});
      }
      if (!frame.empty()) return frame;
    }
  }

  std::string_view await(std::string_view type) {
    for (;;) {
      const std::string_view frame = receive();
      if (word(frame, "type") == type) return frame;
    }
  }

  void answer(std::string_view call) {
    const auto id = base::Uuid::parse(word(call, "call_id"));
    const std::string_view tool = word(call, "tool_id");
    const std::string_view input = json::raw_member(call, "input").value_or("{}");
    std::string output;
    if (tool.ends_with("/drive")) {
      output = drive(read_plan(input));
    } else if (tool.ends_with("/times")) {
      output = fmt::format(R"({{"connected_us":{},"ready_us":{}}})", microseconds(connected_at_),
                           microseconds(ready_at_));
    } else {
      output = input;
    }
    wire_.send(protocol::ToolResult{.call_id = *id,
                                    .status = protocol::CallStatus::succeeded,
                                    .output = protocol::ObjectRef{.text = output}});
  }

  std::string drive(const Plan& plan) {
    bench::RoundTrips trips(plan.calls);
    const auto send_next = [&] {
      const std::size_t number = trips.begin();
      const std::string id = std::to_string(number);
      wire_.send(protocol::Invoke{.call_id = id,
                                  .tool_id = plan.targets[number % plan.targets.size()],
                                  .input = {.text = plan.input}});
    };
    while (trips.begun() < std::min(plan.in_flight, plan.calls)) send_next();
    while (trips.ended() < plan.calls) {
      const std::string_view frame = await("core.tool.result");
      const std::string_view result = json::raw_member(frame, "payload").value_or("{}");
      trips.end(
          std::stoul(std::string(word(result, "call_id"))),
          word(result, "status") == "succeeded" ? bench::Ending::well : bench::Ending::failed);
      if (trips.begun() < plan.calls) send_next();
    }
    return trips.report();
  }

  Wire& wire_;
  const std::string id_;
  const Steady::time_point connected_at_;
  Steady::time_point ready_at_;
  Steady::time_point next_beat_;
  std::string session_;
};

}  // namespace

int main() {
  Wire wire;
  const auto connected_at = Steady::now();
  if (of_environment("OPENSENTIENCE_SESSION_TOKEN").empty()) {
    fmt::print("{}\n", microseconds(connected_at));
    return 0;
  }
  Agent(connected_at, wire).run();
  return 0;
}
