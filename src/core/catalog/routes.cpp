#include "core/catalog/routes.hpp"

#include <filesystem>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/actor.hpp"
#include "core/manifest/file.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kTag = "Agents";

SearchQuery search_query(AgentQuery query, std::optional<Origin> origin) {
  const auto list = [](std::optional<std::vector<std::string>>& values) {
    return std::move(values).value_or(std::vector<std::string>());
  };
  return {.text = std::move(query.q).value_or(""),
          .statuses = list(query.status),
          .origin = origin,
          .all_capabilities = list(query.capability),
          .any_capabilities = list(query.any_capability),
          .all_integration_points = list(query.integration_point),
          .any_integration_points = list(query.any_integration_point),
          .verification_min = static_cast<int>(query.verification),
          .trust_score_min = query.trust_score_min,
          .offset = static_cast<std::size_t>((query.page - 1) * query.per_page),
          .limit = static_cast<std::size_t>(query.per_page)};
}

/// Which manifest a person decides about: the current one, or that of the waiting update.
struct Subject {
  std::string manifest_path;
  std::string manifest_hash;
  ManifestPin pin;
};

Subject subject_of(const AgentRecord& record, const std::string& seen_hash) {
  const auto& pending = record.pending;
  const bool is_update = pending && !seen_hash.empty() && seen_hash == pending->manifest_hash &&
                         seen_hash != record.manifest_hash;
  if (!is_update) return {record.manifest_path, record.manifest_hash, record.pin()};
  return {pending->manifest_path,
          pending->manifest_hash,
          {.manifest_hash = pending->manifest_hash,
           .permissions_hash = pending->permissions_hash,
           .commit = pending->commit,
           .folder = {}}};
}

ApprovalAction action_of(const http::Request& request, const AgentId& id,
                         std::optional<std::string> reason) {
  return {.agent = id,
          .actor = actor_of(request),
          .reason = std::move(reason).value_or(""),
          .correlation_id = request.id};
}

}  // namespace

Result<std::shared_ptr<const AgentRecord>> AgentRoutes::agent_of(
    const http::Request& request) const {
  const auto id = AgentId::parse_in_development(request.parameters.values[0]);
  auto record = id ? catalog_.find(*id) : nullptr;
  if (!record) return fail(CoreCode::agent_not_found, "No agent has this id.");
  return record;
}

Result<http::Reply<PermissionReport>> AgentRoutes::report_on(const AgentId& id) const {
  const auto record = catalog_.find(id);
  if (!record) return fail(CoreCode::agent_not_found, "No agent has this id.");
  return http::Reply<PermissionReport>{permissions_of(*record, approvals_)};
}

Result<http::Reply<AgentList>> AgentRoutes::list(const http::Request&,
                                                 http::Query<AgentQuery> query) {
  auto& asked = query.value;
  std::optional<Origin> origin;
  if (asked.origin) {
    origin = parse_state<Origin>(*asked.origin);
    if (!origin) {
      return base::fail_field("?origin", "enum", "local_dev, registry_available or installed.");
    }
  }
  const auto page = asked.page;
  const auto per_page = asked.per_page;
  const auto answer = catalog_.search(search_query(std::move(asked), origin));
  if (!answer) return Failure(answer.error());
  return http::Reply<AgentList>{list_of(*answer, page, per_page)};
}

Result<http::Reply<AgentDetail>> AgentRoutes::show(const http::Request& request) {
  const auto record = agent_of(request);
  if (!record) return Failure(record.error());
  return http::Reply<AgentDetail>{detail_of(**record, approvals_)};
}

Result<http::Reply<PermissionReport>> AgentRoutes::permissions(const http::Request& request) {
  const auto record = agent_of(request);
  if (!record) return Failure(record.error());
  return http::Reply<PermissionReport>{permissions_of(**record, approvals_)};
}

Result<http::Reply<Explanation>> AgentRoutes::explain(const http::Request& request) {
  const auto record = agent_of(request);
  if (!record) return Failure(record.error());
  return http::Reply<Explanation>{explain_agent(**record, approvals_)};
}

Task<RequestedPermissions> AgentRoutes::read_requested(std::shared_ptr<const AgentRecord> record,
                                                       std::string seen_manifest_hash) {
  auto subject = subject_of(*record, seen_manifest_hash);
  if (subject.manifest_path.empty()) {
    co_return fail(CoreCode::agent_not_installed, "Install the agent first.");
  }
  const auto rule = record->origin == Origin::local_dev ? IdRule::development : IdRule::strict;
  auto job = [path = std::filesystem::path(subject.manifest_path),
              rule]() -> Result<ManifestReading> {
    const auto bytes = read_manifest_file(path.parent_path(), path.filename().native());
    if (!bytes) return Failure(bytes.error());
    return read_manifest(*bytes, rule);
  };
  auto reading = co_await async::run_blocking(pool_, std::move(job));
  if (!reading) co_return Failure(std::move(reading.error()));
  if (reading->hash != subject.manifest_hash) {
    co_return fail(CoreCode::permission_drift,
                   "The manifest's file has changed since it was read; scan or update, and look at "
                   "it again.");
  }
  if (!reading->is_runnable) co_return refuse(*reading);
  if (reading->id != record->id) {
    co_return fail(CoreCode::manifest_invalid, "The manifest is of another agent.");
  }
  co_return RequestedPermissions{std::move(reading->manifest.permissions), std::move(subject.pin)};
}

Result<void> AgentRoutes::check_kept(const AgentId& id, const ManifestPin& pin,
                                     const std::string& seen) const {
  if (!seen.empty() && seen != pin.manifest_hash) {
    return fail(CoreCode::permission_drift,
                "The manifest has changed since it was shown; look at it again.");
  }
  const auto kept = approvals_.kept(id);
  if (kept && kept->pin == pin) return {};
  return fail(CoreCode::permission_not_approved,
              "Name in \"permissions\" what you approve out of what the agent asks for, or [] for "
              "none of it; there is no earlier approval of this version to come back to.");
}

Task<http::Reply<PermissionReport>> AgentRoutes::enable(const http::Request& request,
                                                        http::OptionalJson<EnableRequest> body) {
  const auto record = agent_of(request);
  if (!record) co_return Failure(record.error());
  const auto id = (*record)->id;
  auto& wanted = body.value;
  const auto seen = wanted.manifest_hash.value_or("");
  auto requested = co_await read_requested(*record, seen);
  if (!requested) co_return Failure(std::move(requested.error()));
  if (!wanted.permissions) {
    if (const auto fits = check_kept(id, requested->pin, seen); !fits) {
      co_return Failure(fits.error());
    }
    const auto resumed = co_await approvals_.resume(action_of(request, id, std::nullopt));
    if (!resumed) co_return Failure(resumed.error());
    co_return report_on(id);
  }
  ApproveRequest approval{
      .agent = id,
      .requested = std::move(*requested),
      .permissions = std::move(*wanted.permissions),
      .seen_manifest_hash = seen,
      .dangerous = wanted.allow_dangerous ? DangerousGrants::allow : DangerousGrants::refuse,
      .actor = actor_of(request),
      .correlation_id = request.id};
  const auto approved = co_await approvals_.approve(std::move(approval));
  if (!approved) co_return Failure(approved.error());
  co_return report_on(id);
}

Task<http::Reply<PermissionReport>> AgentRoutes::disable(const http::Request& request,
                                                         http::OptionalJson<EndRequest> body) {
  const auto record = agent_of(request);
  if (!record) co_return Failure(record.error());
  const auto id = (*record)->id;
  const auto done =
      co_await approvals_.suspend(action_of(request, id, std::move(body.value.reason)));
  if (!done) co_return Failure(done.error());
  co_return report_on(id);
}

Task<http::Reply<PermissionReport>> AgentRoutes::revoke(const http::Request& request,
                                                        http::OptionalJson<EndRequest> body) {
  const auto record = agent_of(request);
  if (!record) co_return Failure(record.error());
  const auto id = (*record)->id;
  const auto done =
      co_await approvals_.revoke(action_of(request, id, std::move(body.value.reason)));
  if (!done) co_return Failure(done.error());
  co_return report_on(id);
}

void AgentRoutes::add_to(http::RouteTable& table) {
  add_reading(table);
  add_deciding(table);
}

void AgentRoutes::add_reading(http::RouteTable& table) {
  table.push_back(
      {.path = "/api/v1/agents",
       .operation = "listAgents",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &AgentRoutes::list),
       .documentation = {.tag = kTag,
                         .summary = "List and search agents",
                         .description =
                             "Local folders, registries' entries and what is installed, by "
                             "name; with q by how well they match: an exact id, then "
                             "names, keywords, descriptions.",
                         .errors = {422},
                         .example_query = "q=git&status=installed&per_page=5"}});
  table.push_back(
      {.path = "/api/v1/agents/{agent_id}",
       .operation = "getAgent",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &AgentRoutes::show),
       .documentation = {.tag = kTag,
                         .summary = "Look at one agent",
                         .description =
                             "Its states, its manifest with problems, and the trust story: "
                             "source, identity, permissions, execution.",
                         .errors = {404}}});
  table.push_back(
      {.path = "/api/v1/agents/{agent_id}/permissions",
       .operation = "getAgentPermissions",
       .access = http::Access::admin,
       .handler = http::endpoint(this, &AgentRoutes::permissions),
       .documentation = {.tag = kTag,
                         .summary = "What an agent asks for, and what is approved",
                         .description =
                             "Each permission in words, with its risk and who enforces it; "
                             "what changed since the approval; what a waiting update "
                             "would change.",
                         .errors = {404}}});
  table.push_back({.path = "/api/v1/agents/{agent_id}/explain",
                   .operation = "explainAgent",
                   .access = http::Access::admin,
                   .handler = http::endpoint(this, &AgentRoutes::explain),
                   .documentation = {.tag = kTag,
                                     .summary = "What running an agent would allow, in words",
                                     .errors = {404}}});
}

void AgentRoutes::add_deciding(http::RouteTable& table) {
  table.push_back({.method = http::Method::post,
                   .path = "/api/v1/agents/{agent_id}/enable",
                   .operation = "enableAgent",
                   .access = http::Access::admin,
                   .scope = http::Scope::admin,
                   .handler = http::endpoint(this, &AgentRoutes::enable),
                   .documentation = {
                       .tag = kTag,
                       .summary = "Approve permissions, so that the agent may run",
                       .description = "Binds the approval to the manifest, the permissions and the "
                                      "commit or folder. Whatever was approved before is "
                                      "superseded. Only what is named is approved; a request "
                                      "without permissions brings back the approval of a disabled "
                                      "agent, and is refused where that does not fit what is there "
                                      "now. Starts nothing.",
                       .errors = {403, 404, 409, 422},
                       .example_body = R"({"permissions":["filesystem:read:~/Projects/**"]})"}});
  table.push_back({.method = http::Method::post,
                   .path = "/api/v1/agents/{agent_id}/disable",
                   .operation = "disableAgent",
                   .access = http::Access::admin,
                   .scope = http::Scope::admin,
                   .handler = http::endpoint(this, &AgentRoutes::disable),
                   .documentation = {.tag = kTag,
                                     .summary = "Disable an agent, keeping what was approved",
                                     .description = "Stops routing to it at once, and the agent.",
                                     .errors = {404, 409},
                                     .example_body = R"({"reason":"not now"})"}});
  table.push_back({.method = http::Method::post,
                   .path = "/api/v1/agents/{agent_id}/revoke",
                   .operation = "revokeAgent",
                   .access = http::Access::admin,
                   .scope = http::Scope::admin,
                   .handler = http::endpoint(this, &AgentRoutes::revoke),
                   .documentation = {
                       .tag = kTag,
                       .summary = "Revoke what was approved",
                       .description = "Stops routing to it at once, and the agent; it needs a new "
                                      "approval to run again.",
                       .errors = {404, 409},
                       .example_body = R"({"reason":"no longer trusted"})"}});
}

}  // namespace sovereign::core
