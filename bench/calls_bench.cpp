// What a tool call costs between the hub and an agent: 256-byte messages to an echo agent in
// another process and back, against the same bytes with neither protocol nor event loop.
#include <benchmark/benchmark.h>
#include <boost/asio/io_context.hpp>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "core/connections/hub.hpp"
#include "crypto/random.hpp"
#include "ipc/frame_decoder.hpp"
#include "ipc/unix_listener.hpp"
#include "protocol/envelope.hpp"
#include "protocol/frame_writer.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign {
namespace {

constexpr std::string_view kToken = "bench-token";
constexpr std::string_view kAgent = "com.example.bench";
// With its envelope a call of this is 256 bytes and some.
const std::string kInput = R"({"text":")" + std::string(24, 'x') + R"("})";

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) std::_Exit(0);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

/// Frames of a blocking socket; ends the process with it.
class FrameSource {
 public:
  explicit FrameSource(int socket) : socket_(socket) {}
  std::string_view next() {
    for (;;) {
      if (const auto frame = decoder_.next(); frame && *frame) return **frame;
      const auto space = decoder_.space();
      const auto bytes = ::recv(socket_, space.data(), space.size(), 0);
      if (bytes <= 0) std::_Exit(0);
      decoder_.commit(static_cast<std::size_t>(bytes));
    }
  }

 private:
  int socket_;
  ipc::FrameDecoder decoder_{4 * 1024 * 1024};
};

/// The leanest agent that speaks the protocol.
[[noreturn]] void answer_calls(int socket) {
  const base::SystemClock clock;
  crypto::SystemRandom random;
  protocol::FrameWriter writer(clock, random);
  protocol::Inbox inbox;
  FrameSource frames(socket);
  for (;;) {
    const auto envelope = inbox.read(frames.next());
    if (!envelope || envelope->type != "core.tool.call") continue;
    const auto call = inbox.payload<protocol::ToolCall>();
    if (!call) continue;
    const protocol::ToolResult result{
        .call_id = call->call_id, .status = protocol::CallStatus::succeeded, .output = call->input};
    send_all(socket, writer.frame({.request_id = envelope->request_id.value_or("")}, result));
  }
}

[[noreturn]] void echo_bytes(int socket) {
  FrameSource frames(socket);
  for (;;) {
    const std::string_view frame = frames.next();
    // The length stands before what the decoder hands out.
    send_all(socket, {frame.data() - ipc::kLengthBytes, frame.size() + ipc::kLengthBytes});
  }
}

[[noreturn]] void be_agent(const std::string& path) {
  boost::asio::io_context context;
  auto socket = ipc::connect(context.get_executor(), path);
  if (!socket) die("connect");
  socket->non_blocking(false);
  const int descriptor = socket->native_handle();
  const base::SystemClock clock;
  crypto::SystemRandom random;
  protocol::FrameWriter writer(clock, random);
  send_all(descriptor, writer.frame({}, protocol::Hello{.session_token = kToken,
                                                        .agent_id = kAgent,
                                                        .agent_version = "1",
                                                        .protocol = {.supported_versions = {1}}}));
  send_all(descriptor, writer.frame({}, protocol::ToolsRegister{.tools = {.text = "[]"}}));
  answer_calls(descriptor);
}

/// A child that runs `body` at the other end of a socket pair.
class Peer {
 public:
  template <typename Body>
  explicit Peer(Body body) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) die("socketpair");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::close(ends[0]);
      body(ends[1]);
    }
    ::close(ends[1]);
    socket_ = ends[0];
  }
  ~Peer() {
    ::close(socket_);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  int socket() const { return socket_; }

 private:
  pid_t pid_ = 0;
  int socket_ = -1;
};

std::string call_frame() {
  const base::SystemClock clock;
  crypto::SystemRandom random;
  protocol::FrameWriter writer(clock, random);
  return std::string(writer.frame({.request_id = base::Uuid::generate(random).to_string()},
                                  protocol::ToolCall{.call_id = base::Uuid::generate(random),
                                                     .tool_id = "com.example.bench/echo",
                                                     .input = {.text = kInput},
                                                     .timeout_ms = 30000}));
}

void ping_pong(benchmark::State& state, int socket, const std::string& frame) {
  FrameSource frames(socket);
  for (auto _ : state) {
    send_all(socket, frame);
    benchmark::DoNotOptimize(frames.next());
  }
  state.counters["bytes"] = static_cast<double>(frame.size());
}

void raw_echo(benchmark::State& state) {
  const Peer peer(echo_bytes);
  ping_pong(state, peer.socket(), call_frame());
}

/// What the agent's side of a call takes by itself.
void agent_without_hub(benchmark::State& state) {
  const Peer peer(answer_calls);
  ping_pong(state, peer.socket(), call_frame());
}

class Silent final : public core::ConnectionJournal {
  bool record(core::ConnectionEvent) override { return true; }
};
class AnyTree final : public core::ProcessTrees {
  bool is_in_tree(const core::ProcessHandle&, const core::ProcessHandle&) const override {
    return true;
  }
};
class NoTools final : public core::ToolRegistrar {
  std::vector<core::ToolVerdict> register_tools(core::AgentSession&,
                                                std::span<const protocol::Tool> tools,
                                                core::Registration) override {
    return std::vector<core::ToolVerdict>(tools.size());
  }
  std::vector<bool> unregister_tools(core::AgentSession&,
                                     std::span<const std::string_view> tools) override {
    return std::vector<bool>(tools.size());
  }
};
class Counted final : public core::CallSink {
 public:
  void on_stream(const protocol::ToolStream&) override {}
  void on_result(const protocol::ToolResult& result) override {
    if (result.status != protocol::CallStatus::succeeded) die("a call failed");
    ++done;
  }
  std::size_t done = 0;
};

class HubAndAgent {
 public:
  HubAndAgent() {
    const std::string path = folder_.file("core.sock");
    hub_.set_registrar(registrar_);
    hub_.expect({.agent = core::AgentId::parse(kAgent).value(),
                 .run = run_,
                 .token_digest = crypto::sha256(kToken),
                 .manifest_hash = {},
                 .expires = clock_.steady_now() + std::chrono::minutes(2)});
    hub_.set_process(run_, ::getpid(), -1);
    if (!hub_.start(loop_.get_executor(), path)) die("hub");
    loop_.notify_fork(boost::asio::io_context::fork_prepare);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      be_agent(path);
    }
    loop_.notify_fork(boost::asio::io_context::fork_parent);
    while (session() == nullptr || !session()->is_routable()) loop_.run_one();
  }
  ~HubAndAgent() {
    hub_.stop();
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  core::AgentSession* session() { return hub_.session(core::AgentId::parse(kAgent).value()); }
  boost::asio::io_context& loop() { return loop_; }
  base::Random& random() { return random_; }

 private:
  support::TemporaryFolder folder_{"bench"};
  base::SystemClock clock_;
  crypto::SystemRandom random_;
  telemetry::Metrics metrics_;
  Silent journal_;
  AnyTree trees_;
  NoTools registrar_;
  boost::asio::io_context loop_{1};
  core::Hub hub_{{clock_, random_, journal_, metrics_, trees_}, {}};
  core::RunId run_ = core::RunId::generate(random_);
  pid_t pid_ = 0;
};

void session_calls(benchmark::State& state) {
  HubAndAgent pair;
  core::AgentSession& session = *pair.session();
  Counted sink;
  const auto at_once = static_cast<std::size_t>(state.range(0));
  const std::string request_id = base::Uuid::generate(pair.random()).to_string();
  core::CallId id = core::CallId::generate(pair.random());
  std::size_t sent = 0;
  const auto send = [&] {
    // Unique is enough here; where ids come from is the router's affair.
    ++id.uuid.bytes[8 + sent % 8];
    ++sent;
    if (!session.call({.id = id,
                       .tool_id = "com.example.bench/echo",
                       .input = kInput,
                       .request_id = request_id},
                      sink)) {
      die("call");
    }
  };
  while (sent < at_once - 1) send();
  for (auto _ : state) {
    const std::size_t before = sink.done;
    send();
    while (sink.done == before) pair.loop().run_one();
    for (std::size_t more = sink.done - before; more > 1; --more) send();
  }
  while (sink.done < sent) pair.loop().run_one();
  state.SetItemsProcessed(static_cast<std::int64_t>(sent));
}

void read_envelope(benchmark::State& state) {
  const std::string frame = call_frame();
  const std::string_view text = std::string_view(frame).substr(protocol::kLengthBytes);
  protocol::Inbox inbox;
  for (auto _ : state) {
    const auto envelope = inbox.read(text);
    const auto call = inbox.payload<protocol::ToolCall>();
    benchmark::DoNotOptimize(call->call_id);
    benchmark::DoNotOptimize(envelope->id);
  }
}

void write_call(benchmark::State& state) {
  const base::SystemClock clock;
  crypto::SystemRandom random;
  protocol::FrameWriter writer(clock, random);
  const protocol::ToolCall call{.call_id = base::Uuid::generate(random),
                                .tool_id = "com.example.bench/echo",
                                .input = {.text = kInput},
                                .timeout_ms = 30000};
  for (auto _ : state) benchmark::DoNotOptimize(writer.frame({.request_id = "r"}, call).size());
}

BENCHMARK(raw_echo)->UseRealTime();
BENCHMARK(agent_without_hub)->UseRealTime();
BENCHMARK(session_calls)->Arg(1)->Arg(64)->UseRealTime();
BENCHMARK(read_envelope);
BENCHMARK(write_call);

}  // namespace
}  // namespace sovereign
