#include "core/install/install_routes.hpp"

#include <utility>

#include "core/sync/registry_routes.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kTag = "Installation";

Result<AgentId> agent_of(const http::Request& request) {
  auto id = AgentId::parse_in_development(request.parameters.values[0]);
  if (!id) return fail(CoreCode::agent_not_found, "There is no agent of this id.");
  return std::move(*id);
}

}  // namespace

void InstallRoutes::add_to(http::RouteTable& table) {
  add_install_routes(table);
  add_build_routes(table);
  add_update_routes(table);
}

void InstallRoutes::add_install_routes(http::RouteTable& table) {
  table.push_back({.method = http::Method::post,
                   .path = "/api/v1/agents/{agent_id}/install",
                   .operation = "installAgent",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &InstallRoutes::install),
                   .documentation = {
                       .tag = kTag,
                       .summary = "Fetch an agent's source",
                       .description = "Executes nothing of it. An agent in development is linked: "
                                      "it runs from its folder. Goes on when the client goes "
                                      "away; progress are install.progress events.",
                       .errors = {404, 409, 422, 503},
                       .example_body = R"({"registry":"community","ref":"v1.2.0"})"}});
  table.push_back(
      {.method = http::Method::delete_,
       .path = "/api/v1/agents/{agent_id}",
       .operation = "uninstallAgent",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &InstallRoutes::uninstall),
       .documentation = {.tag = kTag,
                         .summary = "Uninstall an agent",
                         .description = "Stops it, revokes its approval and removes what was "
                                        "fetched and built, and its private folder unless "
                                        "keep_data is true.",
                         .success = 204,
                         .errors = {404, 409},
                         .example_query = "keep_data=true"}});
}

void InstallRoutes::add_build_routes(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agents/{agent_id}/build",
       .operation = "buildAgent",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &InstallRoutes::build),
       .documentation = {.tag = kTag,
                         .summary = "Build an agent: executes third-party code",
                         .description = "Runs mix deps.get, deps.compile and compile (and release "
                                        "for that kind). Goes on when the client goes away; output "
                                        "comes as build.output events.",
                         .errors = {404, 409, 422, 503},
                         .example_body = R"({"confirm":true})"}});
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/agents/{agent_id}/build",
                   .operation = "getBuild",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &InstallRoutes::show_build),
                   .documentation = {.tag = kTag,
                                     .summary = "The agent's last build",
                                     .description = "Its steps and their output, since the Core "
                                                    "started.",
                                     .errors = {404}}});
}

void InstallRoutes::add_update_routes(http::RouteTable& table) {
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agents/{agent_id}/update",
       .operation = "updateAgent",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &InstallRoutes::update),
       .documentation = {.tag = kTag,
                         .summary = "Fetch a newer version beside the current one, or switch to it",
                         .description = "Without apply: fetches, with confirm also builds, and "
                                        "answers what the new version would change. With apply: "
                                        "approves what is pending, stops the agent, switches, "
                                        "and starts it again if it ran.",
                         .errors = {403, 404, 409, 422, 503},
                         .example_body = R"({"confirm":true})"}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/agents/{agent_id}/rollback",
       .operation = "rollbackAgent",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &InstallRoutes::rollback),
       .documentation = {.tag = kTag,
                         .summary = "Go back to the previous version",
                         .description = "And to the approval it had, if that was never revoked. "
                                        "An agent that ran is started again.",
                         .errors = {404, 409, 422},
                         .example_body = R"({"reason":"it is slower"})"}});
}

Task<http::Reply<InstallAnswer>> InstallRoutes::install(const http::Request& request,
                                                        http::OptionalJson<InstallRequest> body) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  auto task = installer_.install(std::move(*agent), std::move(body.value), requester_of(request));
  auto answer = co_await std::move(task);
  if (!answer) co_return Failure(std::move(answer.error()));
  co_return http::Reply<InstallAnswer>{.value = std::move(*answer)};
}

Task<http::NoContent> InstallRoutes::uninstall(const http::Request& request,
                                               http::Query<UninstallQuery> query) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  const auto data = query.value.keep_data ? PrivateData::keep : PrivateData::remove;
  auto task = installer_.uninstall(std::move(*agent), data, requester_of(request));
  const auto done = co_await std::move(task);
  if (!done) co_return Failure(done.error());
  co_return http::NoContent{};
}

Task<http::Reply<BuildView>> InstallRoutes::build(const http::Request& request,
                                                  http::OptionalJson<BuildBody> body) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  auto task = builds_.build(std::move(*agent), body.value, requester_of(request));
  auto view = co_await std::move(task);
  if (!view) co_return Failure(std::move(view.error()));
  co_return http::Reply<BuildView>{.value = std::move(*view)};
}

Result<http::Reply<BuildView>> InstallRoutes::show_build(const http::Request& request) {
  const auto agent = agent_of(request);
  if (!agent) return Failure(agent.error());
  auto view = builds_.last(*agent);
  if (!view) return Failure(std::move(view.error()));
  return http::Reply<BuildView>{.value = std::move(*view)};
}

Task<http::Reply<UpdateAnswer>> InstallRoutes::update(const http::Request& request,
                                                      http::OptionalJson<UpdateRequest> body) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  auto task = updater_.update(std::move(*agent), std::move(body.value), requester_of(request));
  auto answer = co_await std::move(task);
  if (!answer) co_return Failure(std::move(answer.error()));
  co_return http::Reply<UpdateAnswer>{.value = std::move(*answer)};
}

Task<http::Reply<RollbackAnswer>> InstallRoutes::rollback(
    const http::Request& request, http::OptionalJson<RollbackRequest> body) {
  auto agent = agent_of(request);
  if (!agent) co_return Failure(std::move(agent.error()));
  auto reason = body.value.reason.value_or("asked for");
  auto task = updater_.rollback(std::move(*agent), std::move(reason), requester_of(request));
  auto answer = co_await std::move(task);
  if (!answer) co_return Failure(std::move(answer.error()));
  co_return http::Reply<RollbackAnswer>{.value = std::move(*answer)};
}

}  // namespace sovereign::core
