#include "core/router/routes.hpp"

#include <algorithm>
#include <utility>

#include "core/actor.hpp"
#include "core/errors.hpp"
#include "core/router/call_stream.hpp"
#include "http/problem.hpp"
#include "json/read.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kTag = "Tools";

Result<ToolId> tool_of(const http::Request& request) {
  const auto agent = AgentId::parse_in_development(request.parameters.values[0]);
  auto tool = agent ? ToolId::of(*agent, request.parameters.values[1]) : std::nullopt;
  if (!tool) return fail(CoreCode::tool_not_found, "No tool has this id.");
  return std::move(*tool);
}

bool wants_stream(const http::Request& request) {
  return request.header("Accept").find(http::kEventStream) != std::string_view::npos;
}

/// How the confirmed call ended, in one word.
std::string result_of(const CallEnd& end) {
  if (!end) return std::string(end.error().error.name);
  return end->error ? end->error->code : "succeeded";
}

}  // namespace

Result<CallRequest> read_call(const http::Request& request) {
  auto tool = tool_of(request);
  if (!tool) return Failure(std::move(tool.error()));
  if (const auto typed = http::expect_json(request); !typed) return Failure(typed.error());
  auto document = json::parse(request.body);
  if (!document) return Failure(std::move(document.error()));
  json::Value input;
  auto* object = document->if_object();
  auto* member = object == nullptr ? nullptr : object->if_contains("input");
  // Taken out, so that what reads the rest copies nothing.
  if (member != nullptr) input = std::exchange(*member, json::Value());
  auto body = json::read<CallBody>(*document);
  if (!body) return Failure(std::move(body.error()));
  if (!input.is_object()) return base::fail_field("/input", "type", "This must be an object.");
  CallRequest call{.tool = std::move(*tool), .input = std::move(input), .input_text = {}};
  // A name written with escapes is not found in the text.
  const auto text = json::raw_member(request.body, "input");
  call.input_text = text ? std::string(*text) : json::to_text(call.input);
  if (body->timeout_ms) call.timeout = std::chrono::milliseconds(*body->timeout_ms);
  call.idempotency_key = std::move(body->idempotency_key).value_or("");
  call.correlation_id = std::move(body->correlation_id).value_or("");
  call.caller = {CallerType::human, actor_of(request).id};
  return call;
}

void RouterRoutes::add_to(http::RouteTable& table) {
  add_tool_routes(table);
  add_call_routes(table);
  add_confirmation_routes(table);
}

void RouterRoutes::add_tool_routes(http::RouteTable& table) {
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/tools",
                   .operation = "listTools",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RouterRoutes::list_tools),
                   .documentation = {.tag = kTag,
                                     .summary = "List tools",
                                     .description = "Those of connected agents, and what the "
                                                    "others had when they were here last.",
                                     .example_query = "agent=com.example.hello"}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/tools/{agent_id}/{name}",
                   .operation = "getTool",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RouterRoutes::get_tool),
                   .documentation = {.tag = kTag, .summary = "Get a tool", .errors = {404}}});
}

void RouterRoutes::add_call_routes(http::RouteTable& table) {
  http::Handler call;
  call.run = [this](const http::Request& request) { return call_tool(request); };
  call.body = &http::detail::request_schema<CallBody>;
  call.answer = &http::detail::answer_schema<CallAnswer>;
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/tools/{agent_id}/{name}/call",
       .operation = "callTool",
       .access = http::Access::admin,
       .handler = std::move(call),
       .documentation = {
           .tag = kTag,
           .summary = "Call a tool",
           .description = "Waits for the result. A tool that fails is an answer, with its status "
                          "and error; a call that is refused before its agent sees it is a "
                          "problem, with a code. With Accept: text/event-stream the answer is "
                          "events: stream for each piece the tool sends, then one result. A client "
                          "that goes away cancels the call.",
           .errors = {403, 404, 409, 413, 422, 429, 503},
           .example_body = R"({"input":{"name":"world"},"timeout_ms":30000})"}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/calls",
                   .operation = "listCalls",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RouterRoutes::list_calls),
                   .documentation = {.tag = kTag,
                                     .summary = "List calls",
                                     .description = "Those under way, then the newest that ended "
                                                    "or were refused."}});
  table.push_back({.method = http::Method::post,
                   .path = "/api/v1/calls/{call_id}/cancel",
                   .operation = "cancelCall",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RouterRoutes::cancel_call),
                   .documentation = {.tag = kTag,
                                     .summary = "Cancel a call",
                                     .description = "Asks the agent to stop; the call ends soon "
                                                    "whether it does or not.",
                                     .success = 202,
                                     .errors = {404}}});
}

void RouterRoutes::add_confirmation_routes(http::RouteTable& table) {
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/confirmations",
                   .operation = "listConfirmations",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RouterRoutes::list_confirmations),
                   .documentation = {.tag = kTag,
                                     .summary = "List confirmations",
                                     .description = "Calls that wait for a person's word, and "
                                                    "those decided, newest first.",
                                     .errors = {503}}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/confirmations/{confirmation_id}",
       .operation = "decideConfirmation",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &RouterRoutes::decide),
       .documentation = {.tag = kTag,
                         .summary = "Approve or deny a call",
                         .description = "Approving carries the call out, once, and answers with "
                                        "its result.",
                         .errors = {404, 409, 503},
                         .example_body = R"({"decision":"approve"})"}});
}

Result<http::Reply<ToolList>> RouterRoutes::list_tools(const http::Request&,
                                                       http::Query<ToolQuery> query) {
  ToolList list;
  std::optional<AgentId> agent;
  if (query.value.agent) {
    agent = AgentId::parse_in_development(*query.value.agent);
    if (!agent) return base::fail_field("?agent", "pattern", "This is no agent's id.");
  }
  for (const auto& tool : router_.tools().list(agent)) list.tools.push_back(view_of(tool));
  return http::Reply<ToolList>{std::move(list)};
}

Result<http::Reply<ToolView>> RouterRoutes::get_tool(const http::Request& request) {
  const auto id = tool_of(request);
  if (!id) return Failure(id.error());
  const auto tool = router_.tools().describe(*id);
  if (!tool) return fail(CoreCode::tool_not_found, "No agent has registered this tool.");
  return http::Reply<ToolView>{view_of(*tool)};
}

http::Handling RouterRoutes::call_tool(const http::Request& request) {
  auto call = read_call(request);
  if (!call) return http::problem(call.error(), request);
  if (!wants_stream(request)) return answer_call(request, std::move(*call));
  auto stream = std::make_unique<CallStream>(router_);
  if (const auto refusal = stream->submit(std::move(*call))) {
    return refusal_response(*refusal, request);
  }
  return http::sse_response(std::move(stream));
}

boost::asio::awaitable<http::Response> RouterRoutes::answer_call(const http::Request& request,
                                                                 CallRequest call) {
  const CallEnd end = co_await router_.call(std::move(call));
  if (!end) co_return refusal_response(end.error(), request);
  co_return http::Response{.body = json::to_text(view_of(*end))};
}

Result<http::Reply<CallList>> RouterRoutes::list_calls(const http::Request&) {
  CallList list;
  for (const auto& call : router_.calls()) list.calls.push_back(view_of(call));
  return http::Reply<CallList>{std::move(list)};
}

Result<http::Reply<CancelAnswer>> RouterRoutes::cancel_call(const http::Request& request) {
  const auto id = CallId::parse(request.parameters.values[0]);
  if (!id) return base::fail(ErrorCode::not_found, "No such call is under way.");
  const auto cancelled = router_.cancel(*id, actor_of(request));
  if (!cancelled) return Failure(cancelled.error());
  return http::Reply<CancelAnswer>{{id->to_string(), "canceling"}, 202};
}

Task<http::Reply<ConfirmationList>> RouterRoutes::list_confirmations(const http::Request&) {
  const auto confirmations = co_await router_.confirmations().list();
  if (!confirmations) co_return Failure(confirmations.error());
  ConfirmationList list;
  for (const auto& each : *confirmations) list.confirmations.push_back(view_of(each));
  co_return http::Reply<ConfirmationList>{std::move(list)};
}

Task<http::Reply<DecisionAnswer>> RouterRoutes::decide(const http::Request& request,
                                                       http::Json<DecisionBody> body) {
  const auto id = ConfirmationId::parse(request.parameters.values[0]);
  if (!id) co_return base::fail(ErrorCode::not_found, "There is no such confirmation.");
  Confirmations& confirmations = router_.confirmations();
  Actor actor = actor_of(request);
  auto approved = co_await confirmations.decide(*id, body.value.decision, std::move(actor));
  if (!approved) co_return Failure(approved.error());
  DecisionAnswer answer;
  if (*approved) {
    CallRequest call = std::move(**approved);
    const CallEnd end = co_await router_.call(std::move(call));
    if (end) answer.outcome = view_of(*end);
    std::string call_id = end ? end->id.to_string() : std::string();
    const auto settled = co_await confirmations.settle(*id, std::move(call_id), result_of(end));
    if (!settled) co_return Failure(settled.error());
  }
  const auto row = co_await confirmations.find(*id);
  if (!row) co_return Failure(row.error());
  answer.confirmation = view_of(*row);
  co_return http::Reply<DecisionAnswer>{std::move(answer)};
}

}  // namespace sovereign::core
