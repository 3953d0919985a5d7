#include "core/launcher/routes.hpp"

#include <utility>

#include "core/actor.hpp"
#include "core/errors.hpp"
#include "core/launcher/log_feed.hpp"
#include "json/write.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kTag = "Runs";

Result<AgentId> agent_of(const http::Request& request) {
  auto agent = AgentId::parse_in_development(request.parameters.values[0]);
  if (agent) return std::move(*agent);
  return fail(CoreCode::agent_not_found, "No agent has this id.");
}

}  // namespace

void RunRoutes::add_to(http::RouteTable& table) {
  add_control_routes(table);
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/agents/{agent_id}/runs",
                   .operation = "listRuns",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RunRoutes::list),
                   .documentation = {.tag = kTag,
                                     .summary = "List an agent's runs, newest first",
                                     .example_query = "limit=5"}});
  table.push_back(
      {.method = http::Method::get,
       .path = "/api/v1/agents/{agent_id}/logs",
       .operation = "readLogs",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &RunRoutes::logs),
       .documentation = {.tag = kTag,
                         .summary = "Read the last lines an agent wrote",
                         .description =
                             "Standard output and error of one run, redacted. Terminal "
                             "escapes are kept: escape them before you show them. With follow "
                             "the answer is an event stream: line, gap (lines were lost) and "
                             "end (the run is over).",
                         .errors = {404},
                         .example_query = "tail=50"}});
}

void RunRoutes::add_control_routes(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agents/{agent_id}/run",
       .operation = "runAgent",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &RunRoutes::run),
       .documentation = {.tag = kTag,
                         .summary = "Start an agent",
                         .description = "Executes third-party code: the agent must be built and "
                                        "enabled, and unchanged since. Answers when its process is "
                                        "there; run.changed tells when it is ready.",
                         .errors = {403, 404, 409},
                         .example_body = R"({"restart":"on-failure"})"}});
  table.push_back({.method = http::Method::post,
                   .path = "/api/v1/agents/{agent_id}/stop",
                   .operation = "stopAgent",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RunRoutes::stop),
                   .documentation = {.tag = kTag,
                                     .summary = "Stop an agent and everything it started",
                                     .errors = {409},
                                     .example_body = R"({"reason":"maintenance"})"}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agents/{agent_id}/restart",
       .operation = "restartAgent",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &RunRoutes::restart),
       .documentation = {.tag = kTag,
                         .summary = "Start an agent anew",
                         .description = "Also one that is held because it crashed too often.",
                         .errors = {403, 404, 409},
                         .example_body = "{}"}});
}

Task<http::Reply<RunInfo>> RunRoutes::run(const http::Request& request,
                                          http::OptionalJson<RunRequest> body) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  StartOptions options{.actor = actor_of(request),
                       .restart = body.value.restart.value_or(RestartPolicy::never)};
  Result<RunInfo> run = co_await launcher_.start_agent(std::move(*agent), std::move(options));
  if (!run) co_return Failure(std::move(run.error()));
  co_return http::Reply<RunInfo>{.value = std::move(*run), .status = 201};
}

Task<http::Reply<RunInfo>> RunRoutes::stop(const http::Request& request,
                                           http::OptionalJson<StopRequest> body) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  std::string reason = body.value.reason.empty() ? "by the operator" : std::move(body.value.reason);
  Result<RunInfo> run =
      co_await launcher_.stop_agent(std::move(*agent), actor_of(request), std::move(reason));
  if (!run) co_return Failure(std::move(run.error()));
  co_return http::Reply<RunInfo>{.value = std::move(*run)};
}

Task<http::Reply<RunInfo>> RunRoutes::restart(const http::Request& request,
                                              http::OptionalJson<RunRequest> body) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  Result<RunInfo> run =
      co_await launcher_.restart_agent(std::move(*agent), actor_of(request), body.value.restart);
  if (!run) co_return Failure(std::move(run.error()));
  co_return http::Reply<RunInfo>{.value = std::move(*run)};
}

Task<http::Reply<RunPage>> RunRoutes::list(const http::Request& request,
                                           http::Query<RunQuery> query) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  Result<std::vector<RunInfo>> runs =
      co_await launcher_.recent_runs(std::move(*agent), query.value.limit);
  if (!runs) co_return Failure(std::move(runs.error()));
  co_return http::Reply<RunPage>{.value = {.runs = std::move(*runs)}};
}

Task<http::Prepared<LogPage>> RunRoutes::logs(const http::Request& request,
                                              http::Query<LogQuery> query) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  Result<RunId> run = co_await launcher_.find_run(*agent, query.value.run);
  if (!run) co_return Failure(std::move(run.error()));
  const auto count = static_cast<std::size_t>(query.value.tail);
  if (query.value.follow) {
    auto feed = follow(request, *agent, *run, count);
    if (!feed) co_return Failure(std::move(feed.error()));
    co_return http::Prepared<LogPage>{std::move(*feed)};
  }
  Result<std::vector<LogLine>> lines = co_await launcher_.log_tail(std::move(*agent), *run, count);
  if (!lines) co_return Failure(std::move(lines.error()));
  const LogPage page{run->to_string(), std::move(*lines)};
  co_return http::Prepared<LogPage>{{.body = json::to_text(page)}};
}

Result<http::Response> RunRoutes::follow(const http::Request& request, const AgentId& agent,
                                         RunId run, std::size_t tail) {
  auto log = launcher_.log(agent, run);
  if (!log) {
    return base::fail(ErrorCode::not_found, "This run is over; its log can be read, not followed.");
  }
  const auto after = http::last_event_id(request);
  if (!after) return Failure(after.error());
  // A client that comes back gets all it missed.
  const std::size_t lines = *after ? RunLog::kLines : tail;
  return http::sse_response(std::make_unique<LogFeed>(std::move(log), after->value_or(0), lines));
}

}  // namespace sovereign::core
