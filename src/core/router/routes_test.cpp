#include "core/router/routes.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gmock/gmock.h>

#include "core/router/router_fixture_test.hpp"
#include "http/router.hpp"
#include "http/sse.hpp"

namespace sovereign::core {
namespace {

using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A request on its way, kept alive with what it refers to.
struct Exchange {
  std::string target;
  std::string body;
  std::vector<http::Header> headers;
  http::Request request;
  std::optional<http::Response> response;
};

boost::asio::awaitable<void> finish(boost::asio::awaitable<http::Response> later,
                                    Exchange& exchange) {
  exchange.response = co_await std::move(later);
}

class TextWriter final : public http::StreamWriter {
 public:
  boost::asio::awaitable<bool> write(std::string_view bytes) override {
    text += bytes;
    co_return true;
  }
  std::string text;
};

boost::asio::awaitable<void> run_body(http::StreamBody& body, http::StreamWriter& writer) {
  co_await body.run(writer);
}

class RouterRoutesTest : public RouterFixture {
 protected:
  RouterRoutesTest() { agent = &connect("com.example.hello"); }
  ~RouterRoutesTest() override {
    router->stop();
    run_loop();
  }

  Exchange& send(Method method, std::string target, std::string body = {},
                 std::vector<http::Header> headers = {}) {
    if (!table) {
      http::RouteTable rows;
      routes.emplace(*router).add_to(rows);
      table.emplace(std::move(rows));
    }
    auto& exchange = *exchanges.emplace_back(std::make_unique<Exchange>());
    exchange.target = std::move(target);
    exchange.body = std::move(body);
    exchange.headers = std::move(headers);
    exchange.request = {
        .method = method,
        .target = exchange.target,
        .path = std::string_view(exchange.target).substr(0, exchange.target.find('?')),
        .headers = exchange.headers,
        .body = exchange.body};
    const auto mark = exchange.target.find('?');
    if (mark != std::string::npos) {
      exchange.request.query = std::string_view(exchange.target).substr(mark + 1);
    }
    exchange.request.principal = http::Principal{.is_admin = true, .session = "admin.sock"};
    const auto match = table->match(method, exchange.request.path, exchange.request.parameters);
    exchange.request.route = std::get<const http::Route*>(match);
    auto handling = exchange.request.route->handler.run(exchange.request);
    if (auto* ready = std::get_if<http::Response>(&handling)) {
      exchange.response = std::move(*ready);
    } else {
      boost::asio::co_spawn(
          loop,
          finish(std::move(std::get<boost::asio::awaitable<http::Response>>(handling)), exchange),
          boost::asio::bind_cancellation_slot(client_left.slot(), boost::asio::detached));
      run_loop();
    }
    return exchange;
  }
  Exchange& call(std::string body, std::vector<http::Header> headers = {}) {
    return send(Method::post, "/api/v1/tools/com.example.hello/echo/call", std::move(body),
                std::move(headers));
  }
  void run_loop() {
    loop.restart();
    loop.poll();
  }
  void run_until_answered(const Exchange& exchange) {
    loop.restart();
    while (!exchange.response) loop.run_one();
  }
  static json::Value body_of(const Exchange& exchange) {
    return json::parse(exchange.response.value().body.view()).value();
  }

  FakeSession* agent = nullptr;
  std::optional<RouterRoutes> routes;
  std::optional<http::Router> table;
  boost::asio::cancellation_signal client_left;
  std::vector<std::unique_ptr<Exchange>> exchanges;
};

TEST_F(RouterRoutesTest, ACallIsAnsweredWithItsResult) {
  auto& exchange = call(R"({"input": {"text" : "hi"}, "timeout_ms": 5000})");
  EXPECT_FALSE(exchange.response);
  ASSERT_THAT(agent->sent, SizeIs(1));
  EXPECT_EQ(agent->sent[0].input, R"({"text" : "hi"})");
  EXPECT_EQ(agent->sent[0].timeout, std::chrono::seconds(5));
  agent->succeed(agent->sent[0].id, R"({"text":"hi"})");
  run_loop();
  EXPECT_EQ(exchange.response->status, 200);
  const auto body = body_of(exchange);
  EXPECT_EQ(body.at("status"), json::Value("succeeded"));
  EXPECT_EQ(body.at("output").at("text"), json::Value("hi"));
  EXPECT_EQ(body.at("call_id"), json::Value(agent->sent[0].id.to_string()));
}

TEST_F(RouterRoutesTest, AToolThatFailsIsAnAnswer) {
  auto& exchange = call(R"({"input": {}})");
  agent->finish(agent->sent.at(0).id, protocol::CallStatus::failed, {}, "tool.crashed");
  run_loop();
  EXPECT_EQ(exchange.response->status, 200);
  EXPECT_EQ(body_of(exchange).at("error").at("code"), json::Value("tool.crashed"));
}

TEST_F(RouterRoutesTest, ARefusalIsAProblemWithItsCode) {
  facts.grants.clear();
  auto& exchange = call(R"({"input": {}})");
  EXPECT_EQ(exchange.response->status, 409);
  EXPECT_EQ(body_of(exchange).at("code"), json::Value("agent.not_enabled"));
}

TEST_F(RouterRoutesTest, BodiesThatAreNoCallAreRefused) {
  for (const auto* body :
       {"", "[]", "{}", R"({"input": 1})", R"({"input": null})", R"({"input": {}, "extra": 1})",
        R"({"input": {}, "timeout_ms": 0})", R"({"input": {"a": 1, "a": 2}})"}) {
    const auto& exchange = call(body);
    EXPECT_THAT(exchange.response.value().status, testing::AnyOf(400, 422)) << body;
  }
  EXPECT_THAT(agent->sent, IsEmpty());
}

TEST_F(RouterRoutesTest, AnInputNamedWithEscapesIsTheSameInput) {
  call(R"({"inp\u0075t": {"text":"hi"}})");
  EXPECT_EQ(agent->sent.at(0).input, R"({"text":"hi"})");
}

TEST_F(RouterRoutesTest, AClientThatLeavesCancelsItsCall) {
  call(R"({"input": {}})");
  client_left.emit(boost::asio::cancellation_type::terminal);
  run_loop();
  EXPECT_THAT(agent->cancelled, ElementsAre(agent->sent.at(0).id));
  agent->finish(agent->sent[0].id, protocol::CallStatus::canceled);
  run_loop();
}

TEST_F(RouterRoutesTest, AStreamedCallIsEventsAndOneResult) {
  auto& exchange = call(R"({"input": {}})", {{"Accept", "text/event-stream"}});
  ASSERT_TRUE(exchange.response && exchange.response->stream);
  EXPECT_EQ(exchange.response->content_type, http::kEventStream);
  TextWriter writer;
  boost::asio::co_spawn(loop, run_body(*exchange.response->stream, writer), boost::asio::detached);
  run_loop();
  const auto id = agent->sent.at(0).id;
  agent->stream(id, 1, "one\ntwo");
  run_loop();
  EXPECT_THAT(writer.text, HasSubstr("event: stream\n"));
  agent->succeed(id, R"({"ok":true})");
  run_loop();
  const auto events = http::SseParser().feed(writer.text);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].data, R"({"seq":1,"channel":"stdout","text":"one\ntwo"})");
  EXPECT_EQ(events[1].event, "result");
  EXPECT_EQ(json::parse(events[1].data).value().at("output").at("ok"), json::Value(true));
}

TEST_F(RouterRoutesTest, AStreamThatIsDroppedCancelsItsCall) {
  auto& exchange = call(R"({"input": {}})", {{"Accept", "text/event-stream"}});
  exchange.response.reset();
  EXPECT_THAT(agent->cancelled, SizeIs(1));
}

TEST_F(RouterRoutesTest, ARefusalOfAStreamedCallIsAProblemToo) {
  facts.grants.clear();
  auto& exchange = call(R"({"input": {}})", {{"Accept", "text/event-stream"}});
  EXPECT_EQ(exchange.response->status, 409);
  EXPECT_EQ(exchange.response->stream, nullptr);
}

TEST_F(RouterRoutesTest, ToolsAreListedAndShown) {
  auto list = body_of(send(Method::get, "/api/v1/tools?agent=com.example.hello"));
  ASSERT_EQ(list.at("tools").as_array().size(), 1U);
  EXPECT_EQ(list.at("tools").at(0).at("available"), json::Value(true));
  const auto tool = body_of(send(Method::get, "/api/v1/tools/com.example.hello/echo"));
  EXPECT_EQ(tool.at("input_schema").at("type"), json::Value("object"));
  EXPECT_EQ(send(Method::get, "/api/v1/tools/com.example.hello/none").response->status, 404);
  EXPECT_EQ(send(Method::get, "/api/v1/tools?agent=..").response->status, 422);
}

TEST_F(RouterRoutesTest, CallsAreListedAndCancelled) {
  call(R"({"input": {}})");
  const auto id = agent->sent.at(0).id.to_string();
  auto list = body_of(send(Method::get, "/api/v1/calls"));
  EXPECT_EQ(list.at("calls").at(0).at("status"), json::Value("running"));
  EXPECT_EQ(send(Method::post, "/api/v1/calls/" + id + "/cancel").response->status, 202);
  agent->finish(agent->sent[0].id, protocol::CallStatus::canceled);
  run_loop();
  list = body_of(send(Method::get, "/api/v1/calls"));
  EXPECT_EQ(list.at("calls").at(0).at("status"), json::Value("canceled"));
  EXPECT_EQ(send(Method::post, "/api/v1/calls/" + id + "/cancel").response->status, 404);
  EXPECT_EQ(send(Method::post, "/api/v1/calls/none/cancel").response->status, 404);
}

TEST_F(RouterRoutesTest, APersonsApprovalCarriesTheCallOut) {
  register_tool(*agent, "order", R"("requires_directive": true)");
  auto& asked =
      send(Method::post, "/api/v1/tools/com.example.hello/order/call", R"({"input": {"n": 1}})");
  EXPECT_EQ(asked.response->status, 409);
  const auto problem = body_of(asked);
  EXPECT_EQ(problem.at("code"), json::Value("tool.confirmation_required"));
  const std::string id(problem.at("confirmation_id").as_string());
  auto& decided = send(Method::post, "/api/v1/confirmations/" + id, R"({"decision": "approve"})");
  while (agent->sent.empty()) loop.run_one();
  agent->succeed(agent->sent.at(0).id, R"({"done":true})");
  run_until_answered(decided);
  const auto answer = body_of(decided);
  EXPECT_EQ(answer.at("confirmation").at("status"), json::Value("executed"));
  EXPECT_EQ(answer.at("confirmation").at("result"), json::Value("succeeded"));
  EXPECT_EQ(answer.at("outcome").at("output").at("done"), json::Value(true));
  auto& listed = send(Method::get, "/api/v1/confirmations");
  run_until_answered(listed);
  EXPECT_THAT(std::string(listed.response->body.view()), HasSubstr(id));
  auto& again = send(Method::post, "/api/v1/confirmations/" + id, R"({"decision": "approve"})");
  run_until_answered(again);
  EXPECT_EQ(again.response->status, 404);
}

}  // namespace
}  // namespace sovereign::core
