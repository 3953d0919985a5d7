// A hub on a real Unix socket, with a clock that stands still, and everything around it by hand.
#pragma once

#include <boost/json/serialize.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/connections/hub.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "support/fake_agent.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {

using namespace std::chrono_literals;

struct RecordedEvent {
  std::string type;
  JournalSeverity severity;
  std::string agent;
  std::string metadata;

  bool operator==(const RecordedEvent&) const = default;
};

class RecordingJournal final : public ConnectionJournal {
 public:
  bool record(ConnectionEvent event) override {
    if (!accepts) return false;
    events.push_back({std::string(event.type), event.severity,
                      event.agent == nullptr ? "" : event.agent->text(),
                      boost::json::serialize(event.metadata)});
    return true;
  }
  std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(events, [&](const auto& event) { return event.type == type; }));
  }
  /// The metadata of the last event of this type.
  std::string last(std::string_view type) const {
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (event->type == type) return event->metadata;
    }
    return {};
  }

  std::vector<RecordedEvent> events;
  bool accepts = true;
};

class FixedTrees final : public ProcessTrees {
 public:
  bool is_in_tree(const ProcessHandle&, const ProcessHandle&) const override { return answer; }
  bool answer = true;
};

class AcceptingRegistrar final : public ToolRegistrar {
 public:
  std::vector<ToolVerdict> register_tools(AgentSession&, std::span<const protocol::Tool> tools,
                                          Registration mode) override {
    if (mode == Registration::replace) known.clear();
    std::vector<ToolVerdict> verdicts;
    for (const auto& tool : tools) {
      known.emplace_back(tool.tool_id);
      verdicts.push_back(std::nullopt);
    }
    return verdicts;
  }
  std::vector<bool> unregister_tools(AgentSession&,
                                     std::span<const std::string_view> tools) override {
    std::vector<bool> removed;
    for (const auto tool : tools) removed.push_back(std::erase(known, std::string(tool)) > 0);
    return removed;
  }

  std::vector<std::string> known;
};

/// What happened, as words: "ready", "health degraded", "disconnected lost may reconnect" ...
class RecordingObserver final : public ConnectionObserver {
 public:
  void connected(AgentSession&) override { log.emplace_back("connected"); }
  void ready(AgentSession&) override { log.emplace_back("ready"); }
  void tools_changed(AgentSession&) override { log.emplace_back("tools changed"); }
  void health_changed(AgentSession&, Health health) override {
    log.push_back("health " + std::string(to_string(health)));
  }
  void disconnected(const Disconnected& event) override {
    last = event;
    log.emplace_back("disconnected");
  }
  void handshake_refused(const AgentId&, RunId, std::string_view code) override {
    log.push_back("refused " + std::string(code));
  }
  bool has(std::string_view word) const { return std::ranges::find(log, word) != log.end(); }

  std::vector<std::string> log;
  std::optional<Disconnected> last;
};

/// Keeps what comes back of a call.
class RecordingSink final : public CallSink {
 public:
  void on_stream(const protocol::ToolStream& message) override {
    streamed.push_back(std::string(message.data.text.value_or("")));
  }
  void on_result(const protocol::ToolResult& message) override {
    ++results;
    status = message.status;
    if (message.output) output = boost::json::serialize(*message.output->object);
    if (message.error) error = message.error->code;
    if (message.error) is_retryable = message.error->retryable.value_or(false);
    if (then) then();
  }

  std::vector<std::string> streamed;
  int results = 0;
  protocol::CallStatus status{};
  std::string output;
  std::string error;
  bool is_retryable = false;
  std::function<void()> then;
};

class HubTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kToken = "cm9vdGJlZXI";

  HubTest() : folder_("hub"), path_(folder_.file("core.sock")) { hub_ = make_hub(quick_options()); }
  ~HubTest() override {
    hub_->stop();
    hub_.reset();
    loop_.restart();
    loop_.poll();
  }

  static HubOptions quick_options() {
    HubOptions options{.core_version = "0.1.0", .instance_id = "test"};
    options.limits.busy_sweep = 1ms;
    options.limits.idle_sweep = 1ms;
    options.limits.linger = 200ms;
    return options;
  }

  std::unique_ptr<Hub> make_hub(HubOptions options) {
    auto hub = std::make_unique<Hub>(HubParts{clock_, random_, journal_, metrics_, trees_},
                                     std::move(options));
    hub->set_registrar(registrar_);
    hub->add_observer(observer_);
    return hub;
  }
  void start() {
    const auto started = hub_->start(loop_.get_executor(), path_);
    ASSERT_TRUE(started) << started.error().detail;
  }
  /// Replaces the hub by one with other options; before start().
  void configure(const std::function<void(HubOptions&)>& change) {
    auto options = quick_options();
    change(options);
    hub_ = make_hub(std::move(options));
  }

  /// A launch that has happened: ticket and process.
  void launch(std::string_view agent = "com.example.fake", std::string_view token = kToken) {
    expect(agent, token);
    hub_->set_process(run_, ::getpid(), -1);
  }
  void expect(std::string_view agent = "com.example.fake", std::string_view token = kToken) {
    run_ = RunId::generate(random_);
    hub_->expect({.agent = AgentId::parse(agent).value(),
                  .run = run_,
                  .token_digest = crypto::sha256(token),
                  .manifest_hash = "sha256:abc",
                  .expires = clock_.steady_now() + 120s});
  }
  std::unique_ptr<support::FakeAgent> agent(std::string_view token = kToken,
                                            std::string_view id = "com.example.fake",
                                            std::string_view hash = {}) {
    return std::make_unique<support::FakeAgent>(
        loop_,
        support::FakeAgent::Launch{path_, std::string(token), std::string(id), std::string(hash)});
  }
  /// Started, launched, connected, with these tools.
  std::unique_ptr<support::FakeAgent> ready_agent(const std::vector<std::string>& tools = {
                                                      "echo"}) {
    start();
    launch();
    auto connected = agent();
    connected->become_ready(tools);
    return connected;
  }
  AgentSession& session() { return *hub_->session(AgentId::parse("com.example.fake").value()); }
  CallId call(RecordingSink& sink, std::string_view input = "{}",
              std::chrono::milliseconds timeout = 30s) {
    const CallId id = CallId::generate(random_);
    const auto sent = session().call({.id = id,
                                      .tool_id = "com.example.fake/echo",
                                      .input = input,
                                      .timeout = timeout,
                                      .caller_type = "human",
                                      .caller_id = "test",
                                      .request_id = "request-1",
                                      .correlation_id = "correlation-1"},
                                     sink);
    EXPECT_TRUE(sent) << sent.error().detail;
    return id;
  }
  bool until(const std::function<bool()>& holds) { return support::run_until(loop_, holds); }
  /// Lets the hub accept who is connecting.
  void settle_accept() {
    loop_.restart();
    loop_.run_for(5ms);
  }
  /// Lets what is under way on the sockets arrive: a ping goes there and back.
  void settle(support::FakeAgent& fake) {
    fake.send(protocol::Ping{.nonce = "settle"});
    fake.receive("agent.pong");
  }

  boost::asio::io_context loop_{1};
  support::TemporaryFolder folder_;
  const std::string path_;
  base::ManualClock clock_;
  crypto::SystemRandom random_;
  RecordingJournal journal_;
  telemetry::Metrics metrics_;
  FixedTrees trees_;
  AcceptingRegistrar registrar_;
  RecordingObserver observer_;
  RunId run_{};
  std::unique_ptr<Hub> hub_;
};

}  // namespace sovereign::core
