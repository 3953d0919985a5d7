// A router among fakes: agents that are there when a test says so and remember what they were sent,
// an audit log that can refuse, a clock that stands still.
#pragma once

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/errors.hpp"
#include "core/migrations.hpp"
#include "core/router/invocations.hpp"
#include "core/router/router.hpp"
#include "crypto/random.hpp"
#include "support/temporary_folder.hpp"

namespace sovereign::core {

inline AgentId agent_id(std::string_view text) { return AgentId::parse(text).value(); }
inline ToolId tool_id(std::string_view text) { return ToolId::parse(text).value(); }

/// A connected agent. Keeps what it was sent; the test answers.
class FakeSession final : public AgentSession {
 public:
  struct Sent {
    CallId id;
    std::string tool;
    std::string input;
    std::chrono::milliseconds timeout{};
    std::string caller_type;
    std::string request_id;
    std::string correlation_id;
    std::string causation_id;
    CallSink* sink = nullptr;
  };
  struct Answered {
    std::string call_id;
    protocol::CallStatus status{};
    std::string output;
    std::string code;
    std::string details;
  };

  FakeSession(AgentId agent, base::Random& random)
      : agent_(std::move(agent)), run_(RunId::generate(random)), id_(SessionId::generate(random)) {}

  const AgentId& agent() const override { return agent_; }
  RunId run() const override { return run_; }
  SessionId id() const override { return id_; }
  Health health() const override { return state; }
  bool is_routable() const override { return routable && state != Health::unhealthy; }
  bool may_invoke() const override { return true; }
  std::size_t inflight() const override { return open.size(); }

  Result<void> call(const ToolCall& call, CallSink& sink) override {
    if (refuses_with) return fail(*refuses_with, "The fake agent takes no call.");
    sent.push_back({call.id, std::string(call.tool_id), std::string(call.input), call.timeout,
                    std::string(call.caller_type), std::string(call.request_id),
                    std::string(call.correlation_id), std::string(call.causation_id), &sink});
    open[call.id] = &sink;
    return {};
  }
  void cancel(CallId call, std::string_view, std::chrono::milliseconds) override {
    cancelled.push_back(call);
  }
  void forget(CallId call) override { open.erase(call); }
  void stream_invoked(const protocol::InvokeStream& message) override {
    streamed.emplace_back(message.seq, std::string(message.data.text.value_or("")));
  }
  void answer_invoked(const protocol::InvokeResult& message) override {
    Answered answer{std::string(message.call_id), message.status, {}, {}, {}};
    if (message.output) answer.output = message.output->text;
    if (message.error) answer.code = message.error->code;
    if (message.error && message.error->details) answer.details = message.error->details->text;
    answered.push_back(std::move(answer));
  }

  /// Ends a call as the agent's answer would.
  void finish(CallId call, protocol::CallStatus status, std::string output = {},
              std::string code = {}) {
    protocol::ToolResult result{.call_id = call.uuid, .status = status};
    json::Value document;
    if (!output.empty()) {
      document = json::parse(output).value();
      result.output = protocol::ObjectRef{.object = document.if_object(), .text = {}};
    }
    if (!code.empty()) result.error = protocol::ProtocolError{.code = code, .message = "It broke."};
    CallSink* sink = std::exchange(open.at(call), nullptr);
    open.erase(call);
    sink->on_result(result);
  }
  void succeed(CallId call, std::string output = "{}") {
    finish(call, protocol::CallStatus::succeeded, std::move(output));
  }
  void stream(CallId call, std::int64_t seq, std::string_view text) {
    open.at(call)->on_stream({.call_id = call.uuid,
                              .seq = seq,
                              .channel = protocol::Channel::out,
                              .data = {.text = text, .json = {}},
                              .done = {}});
  }

  Health state = Health::ok;
  bool routable = true;
  std::optional<CoreCode> refuses_with;
  std::vector<Sent> sent;
  std::map<CallId, CallSink*> open;
  std::vector<CallId> cancelled;
  std::vector<std::pair<std::int64_t, std::string>> streamed;
  std::vector<Answered> answered;

 private:
  AgentId agent_;
  RunId run_;
  SessionId id_;
};

class FakeSessions final : public Sessions {
 public:
  AgentSession* session(const AgentId& agent) override {
    const auto found = here.find(agent.text());
    return found == here.end() ? nullptr : found->second;
  }
  std::map<std::string, FakeSession*> here;
};

class FakeFacts final : public AgentFacts {
 public:
  GrantToken grant(const AgentId& agent) const override {
    const auto found = grants.find(agent.text());
    return found == grants.end() ? nullptr : found->second;
  }
  bool covers(const GrantToken& grant, std::string_view permission) const override {
    return permissions_of(grant).contains(std::string(permission));
  }
  bool may_call(const GrantToken& grant, const ToolId& tool) const override {
    return permissions_of(grant).contains("tool:invoke:" + tool.text());
  }
  bool is_starting(const AgentId& agent) const override { return starting.contains(agent.text()); }
  DeclaredCallLimits declared_limits(const AgentId&) const override { return declared; }

  void approve(const std::string& agent, std::set<std::string> permissions) {
    grants[agent] = std::make_shared<const std::set<std::string>>(std::move(permissions));
  }

  std::map<std::string, GrantToken> grants;
  std::set<std::string> starting;
  DeclaredCallLimits declared;

 private:
  static const std::set<std::string>& permissions_of(const GrantToken& grant) {
    return *static_cast<const std::set<std::string>*>(grant.get());
  }
};

class FakeAudit final : public AuditSink {
 public:
  Result<void> post(AuditFact fact) override {
    if (is_full) return base::fail(ErrorCode::unavailable, "The audit log is full.");
    facts.push_back(std::move(fact));
    return {};
  }
  sql::Call row(AuditFact fact, base::Timestamp) override {
    static constexpr sql::Statement kNothing{"test.audit_row", "SELECT 1"};
    rows.push_back(std::move(fact));
    return {kNothing, {}};
  }
  std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(std::ranges::count(facts, type, &AuditFact::type));
  }

  bool is_full = false;
  std::vector<AuditFact> facts;
  std::vector<AuditFact> rows;
};

class FakeEvents final : public EventSink {
 public:
  void publish(std::string_view type, std::string_view, json::Object) override {
    types.emplace_back(type);
  }
  std::vector<std::string> types;
};

class FakeSummary final : public InputSummary {
 public:
  std::string summarise(const json::Value&) const override { return "a summary"; }
};

/// Keeps what it hears.
class Listener final : public CallObserver {
 public:
  void streamed(const protocol::ToolStream& message) override {
    texts.emplace_back(message.data.text.value_or(""));
  }
  void finished(const CallEnd& ended) override { ends.push_back(ended); }

  const CallOutcome& outcome() const { return ends.at(0).value(); }
  std::string_view refusal() const { return ends.at(0).error().error.name; }

  std::vector<std::string> texts;
  std::vector<CallEnd> ends;
};

/// One for the whole program: to make one takes long. Tests use names of their own where rows of
/// others would be in the way.
inline sql::Database& shared_database() {
  static const support::TemporaryFolder folder("router");
  static const auto database = [] {
    auto opened = sql::open_database({.url = "sqlite://" + folder.file("core.sqlite3")}).value();
    EXPECT_TRUE(opened->migrate(migrations()));
    return opened;
  }();
  return *database;
}

class RouterFixture : public testing::Test {
 protected:
  RouterFixture() { make_router({}); }
  ~RouterFixture() override {
    invocations.reset();
    router.reset();
    loop.run();  // Rows that are still on their way.
  }

  void make_router(CallLimits limits) {
    invocations.reset();
    router = std::make_unique<Router>(
        RouterParts{sessions, facts, audit, events, summary, database, clock, random, metrics},
        limits);
    router->start(loop.get_executor());
    invocations = std::make_unique<Invocations>(*router);
  }

  /// An approved, connected agent with these tools (JSON members beside the name).
  FakeSession& connect(const std::string& agent,
                       const std::map<std::string, std::string>& tools = {{"echo", ""}}) {
    if (!facts.grants.contains(agent)) facts.approve(agent, {});
    auto& session = *owned.emplace_back(std::make_unique<FakeSession>(agent_id(agent), random));
    sessions.here[agent] = &session;
    router->connected(session);
    for (const auto& [name, extra] : tools) {
      const auto verdict = register_tool(session, name, extra);
      EXPECT_FALSE(verdict) << verdict->code << ": " << verdict->message;
    }
    router->ready(session);
    return session;
  }
  ToolVerdict register_tool(FakeSession& session, std::string_view name, std::string_view extra,
                            Registration mode = Registration::add) {
    const auto id = session.agent().text() + "/" + std::string(name);
    const auto document = json::parse("{" + std::string(extra) + "}").value();
    const auto& members = document.get_object();
    const auto flag = [&](std::string_view member) {
      const auto* value = members.if_contains(member);
      return value == nullptr ? std::nullopt : std::optional<bool>(value->get_bool());
    };
    static const json::Object kAny{{"type", "object"}};
    protocol::Tool tool{.tool_id = id, .name = name, .description = "A tool."};
    const auto* schema = members.if_contains("input_schema");
    tool.input_schema.object = schema == nullptr ? &kAny : schema->if_object();
    if (const auto* output = members.if_contains("output_schema")) {
      tool.output_schema = protocol::ObjectRef{.object = output->if_object(), .text = {}};
    }
    tool.side_effects = flag("side_effects");
    tool.requires_directive = flag("requires_directive");
    std::vector<std::string_view> permissions;
    if (const auto* required = members.if_contains("required_permissions")) {
      for (const auto& each : required->get_array()) {
        permissions.emplace_back(each.get_string().data(), each.get_string().size());
      }
      tool.required_permissions = permissions;
    }
    return router->register_tools(session, {&tool, 1}, mode).at(0);
  }
  void disconnect(FakeSession& session) {
    const auto open = session.open;
    for (const auto& [id, sink] : open) {
      session.finish(id, protocol::CallStatus::failed, {}, "agent.disconnected");
    }
    sessions.here.erase(session.agent().text());
    const Disconnected event{.agent = session.agent(),
                             .run = session.run(),
                             .session = session.id(),
                             .reason = DisconnectReason::lost,
                             .detail = {}};
    router->disconnected(event);
    invocations->disconnected(event);
  }

  static CallRequest request(std::string_view tool, std::string input = "{}") {
    return {.tool = tool_id(tool),
            .input = json::parse(input).value(),
            .input_text = input,
            .caller = {CallerType::human, "admin.sock"}};
  }
  /// The code of the refusal, or empty.
  std::string_view refusal_of(CallRequest asked) {
    const auto answer = router->submit(std::move(asked), listener);
    return answer ? std::string_view() : answer.error().error.name;
  }
  CallId submit(CallRequest asked, CallObserver& observer) {
    const auto answer = router->submit(std::move(asked), observer);
    EXPECT_TRUE(answer) << answer.error().error.name;
    return answer ? answer->call : CallId{};
  }
  CallId submit(std::string_view tool, std::string input = "{}") {
    return submit(request(tool, std::move(input)), listener);
  }

  boost::asio::io_context loop{1};
  base::ManualClock clock;
  crypto::SystemRandom random;
  telemetry::Metrics metrics;
  FakeSessions sessions;
  FakeFacts facts;
  FakeAudit audit;
  FakeEvents events;
  FakeSummary summary;
  sql::Database& database = shared_database();
  std::vector<std::unique_ptr<FakeSession>> owned;
  Listener listener;
  std::unique_ptr<Router> router;
  std::unique_ptr<Invocations> invocations;
};

}  // namespace sovereign::core
