#include "registry/agents/routes.hpp"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "http/query.hpp"
#include "registry/discovery/list_response.hpp"

namespace sovereign::registry {
namespace {

constexpr std::string_view kExampleBody =
    R"({"name":"My AI Assistant","agent_type":"assistant",)"
    R"("description":"A helpful AI assistant for various tasks",)"
    R"("api_endpoints":["https://api.myagent.com/v1"],)"
    R"("capabilities":["nlp","code-generation","data-analysis"],)"
    R"("humanReadableId":"my-ai-assistant",)"
    R"("pricing":{"model":"usage-based","base_price":0.01,"currency":"AVT"},)"
    R"("metadata":{"version":"1.0.0","documentation":"https://docs.myagent.com"}})";

std::string tag_of_selection(const AgentRecord& record, const std::string& body) {
  return fmt::format("\"{}-{:x}\"", record.version, std::hash<std::string>{}(body));
}

Result<http::Prepared<AgentView>> respond(SharedRecord record,
                                          const std::vector<std::string>& fields) {
  if (!record) return base::fail(ErrorCode::not_found, "There is no such agent.");
  if (auto known = check_fields(fields); !known) {
    return Failure(http::point_at_query(std::move(known.error())));
  }
  return {{agent_response(std::move(record), fields)}};
}

}  // namespace

Result<AgentId> agent_id_of(std::string_view parameter) {
  const auto id = AgentId::parse(parameter);
  if (!id)
    return base::fail(ErrorCode::unprocessable, "The agent's id in the path must be a UUID.");
  return *id;
}

http::Response agent_response(SharedRecord record, const std::vector<std::string>& fields) {
  http::Response response{.cache_control = "public, max-age=0, must-revalidate"};
  if (fields.empty()) {
    response.etag = record->etag;
    const std::string_view bytes = record->json;
    response.body = http::SharedBytes{std::move(record), bytes};
  } else {
    auto body = write_agent(*record, fields);
    response.etag = tag_of_selection(*record, body);
    response.body = std::move(body);
  }
  return response;
}

void AgentRoutes::add_to(http::RouteTable& routes) {
  add_reads(routes);
  add_writes(routes);
}

void AgentRoutes::add_reads(http::RouteTable& routes) {
  routes.push_back({.method = http::Method::get,
                    .path = "/api/v1/agents",
                    .operation = "listAgents",
                    .access = http::Access::optional,
                    .handler = http::endpoint(this, &AgentRoutes::list),
                    .documentation = {.tag = "Agents",
                                      .summary = "List agents",
                                      .description = "Active agents, newest first; with "
                                                     "owned_only=true one's own in every status.",
                                      .errors = {401, 422},
                                      .example_query = "sort=name&per_page=5&fields=id,name"}});
  routes.push_back({.method = http::Method::get,
                    .path = "/api/v1/agents/by-hri",
                    .operation = "getAgentByReadableIdQuery",
                    .handler = http::endpoint(this, &AgentRoutes::get_by_hri),
                    .documentation = {.tag = "Agents",
                                      .summary = "Get an agent by its humanReadableId",
                                      .errors = {404, 422},
                                      .example_query = "hri=my-ai-assistant"}});
  routes.push_back({.method = http::Method::get,
                    .path = "/api/v1/agents/id/{human_readable_id*}",
                    .operation = "getAgentByReadableId",
                    .handler = http::endpoint(this, &AgentRoutes::get_by_readable_id),
                    .documentation = {.tag = "Agents",
                                      .summary = "Get an agent by its humanReadableId in the path",
                                      .description = "A slash in the id may be sent as it is.",
                                      .errors = {404, 422},
                                      .example_query = "fields=id,name,status"}});
  routes.push_back({.method = http::Method::get,
                    .path = "/api/v1/agents/{agent_id}",
                    .operation = "getAgent",
                    .handler = http::endpoint(this, &AgentRoutes::get),
                    .documentation = {.tag = "Agents",
                                      .summary = "Get an agent",
                                      .description = "In whatever status: it says so.",
                                      .errors = {404, 422}}});
}

void AgentRoutes::add_writes(http::RouteTable& routes) {
  routes.push_back({.method = http::Method::post,
                    .path = "/api/v1/agents",
                    .operation = "createAgent",
                    .access = http::Access::user,
                    .scope = http::Scope::agents_write,
                    .limit = "agents.create",
                    .handler = http::endpoint(this, &AgentRoutes::create),
                    .documentation = {.tag = "Agents",
                                      .summary = "Publish an agent",
                                      .description = "Name, description, tags and endpoint may "
                                                     "come from the card.",
                                      .success = 201,
                                      .errors = {409},
                                      .example_body = kExampleBody}});
  routes.push_back(
      {.method = http::Method::put,
       .path = "/api/v1/agents/{agent_id}",
       .operation = "updateAgent",
       .access = http::Access::user,
       .scope = http::Scope::agents_write,
       .handler = http::endpoint(this, &AgentRoutes::update),
       .documentation = {.tag = "Agents",
                         .summary = "Change an agent",
                         .description = "Members given replace those stored, null removes one, "
                                        "the others stay. If-Match guards against lost updates.",
                         .errors = {403, 404, 409, 412},
                         .example_body = R"({"description":"Now with forecasts",)"
                                         R"("tags":["weather","forecast"]})"}});
  routes.push_back({.method = http::Method::delete_,
                    .path = "/api/v1/agents/{agent_id}",
                    .operation = "deleteAgent",
                    .access = http::Access::user,
                    .scope = http::Scope::agents_write,
                    .handler = http::endpoint(this, &AgentRoutes::remove),
                    .documentation = {.tag = "Agents",
                                      .summary = "Take an agent out of the lists",
                                      .description = "It becomes inactive, and stays readable by "
                                                     "its id. Its artifacts are deleted.",
                                      .success = 204,
                                      .errors = {403, 404, 412, 422}}});
}

Result<http::Prepared<AgentPage>> AgentRoutes::list(const http::Request& request,
                                                    http::Query<AgentListQuery> query) {
  auto etag = list_etag(catalog_, request, TagStrength::strong);
  if (auto response = not_modified(request, etag)) return {{std::move(*response)}};
  const auto plan = plan_search(
      query.value, {.viewer = viewer_of(request),
                    .ownership = query.value.owned_only ? Ownership::own : Ownership::anyone,
                    .registry_url = catalog_.registry_url()});
  if (!plan) return Failure(http::point_at_query(plan.error()));
  const auto answer = discovery_.search(*plan);
  const auto next = pagination_of(*plan, answer).next_cursor;
  return {{list_response(request, write_agent_page(*plan, answer), std::move(etag), next)}};
}

Result<http::Prepared<AgentView>> AgentRoutes::get(const http::Request& request,
                                                   http::Query<AgentFieldsQuery> query) {
  const auto id = agent_id_of(request.parameters.values[0]);
  if (!id) return Failure(id.error());
  return respond(catalog_.find(*id), query.value.fields);
}

Result<http::Prepared<AgentView>> AgentRoutes::get_by_hri(const http::Request&,
                                                          http::Query<HumanReadableIdQuery> query) {
  return respond(catalog_.find_human_readable_id(query.value.hri), query.value.fields);
}

Result<http::Prepared<AgentView>> AgentRoutes::get_by_readable_id(
    const http::Request& request, http::Query<AgentFieldsQuery> query) {
  return respond(catalog_.find_human_readable_id(request.parameters.values[0]), query.value.fields);
}

Task<http::Prepared<AgentView>> AgentRoutes::create(const http::Request& request,
                                                    http::Json<AgentRegistration> body) {
  auto registration = complete(std::move(body.value), request.body);
  if (!registration) co_return Failure(std::move(registration.error()));
  auto task = service_.create(std::move(*registration), caller_of(request));
  auto created = co_await std::move(task);
  if (!created) co_return Failure(std::move(created.error()));
  const auto id = (*created)->id.to_string();
  auto response = agent_response(std::move(*created));
  response.status = 201;
  response.cache_control = "no-store";
  response.headers.push_back({"Location", "/api/v1/agents/" + id});
  co_return http::Prepared<AgentView>{std::move(response)};
}

Task<http::Prepared<AgentView>> AgentRoutes::update(const http::Request& request,
                                                    http::Json<AgentRegistration>) {
  const auto id = agent_id_of(request.parameters.values[0]);
  if (!id) co_return Failure(id.error());
  auto task = service_.update(*id, std::string(request.body),
                              std::string(request.header("If-Match")), caller_of(request));
  auto updated = co_await std::move(task);
  if (!updated) co_return Failure(std::move(updated.error()));
  auto response = agent_response(std::move(*updated));
  response.cache_control = "no-store";
  co_return http::Prepared<AgentView>{std::move(response)};
}

Task<http::NoContent> AgentRoutes::remove(const http::Request& request) {
  const auto id = agent_id_of(request.parameters.values[0]);
  if (!id) co_return Failure(id.error());
  auto task = service_.remove(*id, std::string(request.header("If-Match")), caller_of(request));
  auto removed = co_await std::move(task);
  if (!removed) co_return Failure(std::move(removed.error()));
  co_return http::NoContent{};
}

}  // namespace sovereign::registry
