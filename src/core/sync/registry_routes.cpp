#include "core/sync/registry_routes.hpp"

#include <utility>

namespace sovereign::core {
namespace {

constexpr std::string_view kTag = "Registries";

}  // namespace

Requester requester_of(const http::Request& request) { return {actor_of(request), request.id}; }

void RegistryRoutes::add_to(http::RouteTable& table) {
  table.push_back({.method = http::Method::get,
                   .path = "/api/v1/registries",
                   .operation = "listRegistries",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RegistryRoutes::list),
                   .documentation = {.tag = kTag, .summary = "List the registries"}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/registries",
       .operation = "addRegistry",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &RegistryRoutes::add),
       .documentation = {
           .tag = kTag,
           .summary = "Add a registry",
           .description = "Nothing is fetched before it is synced.",
           .success = 201,
           .errors = {409},
           .example_body =
               R"({"name":"community","url":"https://example.org/agents/registry.git"})"}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/registries/sync",
       .operation = "syncRegistries",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &RegistryRoutes::sync_all),
       .documentation = {.tag = kTag,
                         .summary = "Sync all registries, one after another",
                         .description = "A registry that fails does not keep the others from it. "
                                        "Goes on when the client goes away; progress are "
                                        "registry.sync events."}});
  table.push_back(
      {.method = http::Method::post,
       .path = "/api/v1/registries/{name}/sync",
       .operation = "syncRegistry",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &RegistryRoutes::sync),
       .documentation = {.tag = kTag,
                         .summary = "Fetch what a registry lists",
                         .description = "Reads data from its git repository; executes nothing. "
                                        "Entries that are not valid are left out and named.",
                         .errors = {404, 409, 422, 503}}});
  table.push_back({.method = http::Method::delete_,
                   .path = "/api/v1/registries/{name}",
                   .operation = "removeRegistry",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &RegistryRoutes::remove),
                   .documentation = {.tag = kTag,
                                     .summary = "Remove a registry",
                                     .description = "Agents that are installed stay installed.",
                                     .success = 204,
                                     .errors = {404, 409}}});
}

Result<http::Reply<RegistryList>> RegistryRoutes::list(const http::Request&) {
  RegistryList list;
  for (const auto& registry : registries_.all()) list.registries.push_back(view_of(registry));
  return http::Reply<RegistryList>{.value = std::move(list)};
}

Task<http::Reply<RegistryView>> RegistryRoutes::add(const http::Request& request,
                                                    http::Json<NewRegistry> body) {
  auto task = registries_.add(std::move(body.value), requester_of(request));
  const auto added = co_await std::move(task);
  if (!added) co_return Failure(added.error());
  co_return http::Reply<RegistryView>{.value = view_of(*added), .status = 201};
}

Task<http::NoContent> RegistryRoutes::remove(const http::Request& request) {
  auto task = registries_.remove(request.parameters.values[0], requester_of(request));
  const auto removed = co_await std::move(task);
  if (!removed) co_return Failure(removed.error());
  co_return http::NoContent{};
}

Task<http::Reply<SyncResult>> RegistryRoutes::sync(const http::Request& request) {
  auto task = registries_.sync(request.parameters.values[0], requester_of(request));
  auto result = co_await std::move(task);
  if (!result) co_return Failure(std::move(result.error()));
  co_return http::Reply<SyncResult>{.value = std::move(*result)};
}

Task<http::Reply<SyncOutcomes>> RegistryRoutes::sync_all(const http::Request& request) {
  auto task = registries_.sync_all(requester_of(request));
  auto outcomes = co_await std::move(task);
  if (!outcomes) co_return Failure(std::move(outcomes.error()));
  co_return http::Reply<SyncOutcomes>{.value = std::move(*outcomes)};
}

}  // namespace sovereign::core
