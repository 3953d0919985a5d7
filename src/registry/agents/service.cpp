#include "registry/agents/service.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "http/etag.hpp"
#include "registry/artifacts/store.hpp"
#include "registry/identity/lapse.hpp"

namespace sovereign::registry {
namespace {

constexpr int kAttempts = 2;  // A writer that loses twice in a row tells its client.

std::string subject_of(AgentId id) { return "agent:" + id.to_string(); }

Failure no_such_agent() {
  return base::fail(ErrorCode::not_found, "There is no agent of this id.");
}

/// Who may set which status: suspension is the administrators' both ways.
Result<void> check_status(AgentStatus before, AgentStatus after, bool is_admin) {
  if (is_admin || before == after) return {};
  if (after == AgentStatus::suspended) {
    return base::fail(ErrorCode::forbidden, "Only administrators may suspend an agent.");
  }
  if (before == AgentStatus::suspended) {
    return base::fail(ErrorCode::forbidden,
                      "This agent is suspended; only administrators may change its status.");
  }
  return {};
}

}  // namespace

Caller caller_of(const http::Request& request) {
  return {.user = UserId{request.principal->subject},
          .is_admin = request.principal->is_admin &&
                      (request.principal->kind == http::PrincipalKind::user ||
                       request.principal->may(http::Scope::admin)),
          .actor = actor_of(request)};
}

AgentService::AgentService(sql::Database& database, Catalog& catalog, const Clock& clock,
                           base::Random& random, PublishingRule may_publish)
    : database_(database),
      store_(database),
      catalog_(catalog),
      clock_(clock),
      random_(random),
      may_publish_(std::move(may_publish)) {}

Result<PlannedAgent> AgentService::plan_create(AgentRegistration registration, UserId owner,
                                               bool is_admin, const Actor& actor) {
  const auto status = registration.status.value_or(AgentStatus::active);
  if (auto allowed = check_status(AgentStatus::active, status, is_admin); !allowed) {
    return Failure(std::move(allowed.error()));
  }
  PlannedAgent planned;
  Agent& agent = planned.agent;
  agent.id = AgentId::generate(random_);
  agent.developer_id = owner;
  agent.created_at = agent.updated_at = clock_.now();
  assign(agent, std::move(registration));
  planned.calls = insert_calls(agent);
  planned.calls.push_back(audit_row(
      actor, {.action = "agent.create", .subject = subject_of(agent.id)}, agent.updated_at));
  return planned;
}

Failure AgentService::rejected(const sql::Rejection& rejection) {
  switch (rejection.kind) {
    case sql::Rejection::Kind::unique: {
      auto failure = base::fail(ErrorCode::conflict, "This humanReadableId is taken.");
      failure.error().fields.push_back(
          {"/humanReadableId", "taken", "Another agent has this readable id; choose another."});
      return failure;
    }
    case sql::Rejection::Kind::foreign_key:
      return base::fail(ErrorCode::unauthenticated, "This account does not exist any more.");
    case sql::Rejection::Kind::expectation:
    case sql::Rejection::Kind::check: break;
  }
  return base::fail(ErrorCode::conflict, "The agent was changed by someone else; try again.");
}

boost::asio::awaitable<SharedRecord> AgentService::committed(Agent agent, Developer owner) {
  const CatalogAgent entry{std::move(agent), std::move(owner)};
  auto publishing = catalog_.publish(entry);
  co_await std::move(publishing);
  auto record = catalog_.find(entry.agent.id);
  if (record->version == entry.agent.version) co_return record;
  // Another write came in between: the answer to this one is still what this one wrote.
  co_return std::make_shared<const AgentRecord>(
      make_record(entry.agent, entry.developer, catalog_.registry_url()));
}

Task<Developer> AgentService::publisher(UserId id) {
  if (auto known = catalog_.developer(id)) co_return std::move(*known);
  auto task = store_.find_developer(id);
  auto found = co_await std::move(task);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) {
    co_return base::fail(ErrorCode::unauthenticated, "This account does not exist any more.");
  }
  co_return std::move(**found);
}

Task<SharedRecord> AgentService::create(AgentRegistration registration, Caller caller) {
  if (may_publish_) {
    auto rule = may_publish_(caller.user);
    if (const auto allowed = co_await std::move(rule); !allowed) co_return Failure(allowed.error());
  }
  auto owner_task = publisher(caller.user);
  auto owner = co_await std::move(owner_task);
  if (!owner) co_return Failure(std::move(owner.error()));
  auto planned = plan_create(std::move(registration), caller.user, caller.is_admin, caller.actor);
  if (!planned) co_return Failure(std::move(planned.error()));
  sql::Write write;
  write.calls = std::move(planned->calls);
  // What is committed is also shown, whether or not the caller waits for the answer.
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  auto task = database_.write(std::move(write));
  auto written = co_await std::move(task);
  if (!written) co_return Failure(std::move(written.error()));
  if (!*written) co_return rejected(written->error());
  auto publishing = committed(std::move(planned->agent), std::move(*owner));
  co_return co_await std::move(publishing);
}

Task<SharedRecord> AgentService::change(AgentId id, Change change, Caller caller) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    auto task = try_change(id, change, caller);
    auto record = co_await std::move(task);
    if (!record) co_return Failure(std::move(record.error()));
    if (*record) co_return std::move(**record);
    // With If-Match the next attempt finds another version and says so.
  }
  co_return base::fail(ErrorCode::conflict, "The agent was changed by someone else; try again.");
}

Task<std::optional<SharedRecord>> AgentService::try_change(AgentId id, const Change& change,
                                                           const Caller& caller) {
  auto find = store_.find(id);
  auto found = co_await std::move(find);
  if (!found) co_return Failure(std::move(found.error()));
  if (!*found) co_return no_such_agent();
  auto& [agent, developer] = **found;
  if (agent.developer_id != caller.user && !caller.is_admin) {
    co_return base::fail(ErrorCode::forbidden, "Only the agent's publisher may change it.");
  }
  if (!change.if_match.empty()) {
    const auto record = make_record(agent, developer, catalog_.registry_url());
    if (!http::names_etag(change.if_match, record.etag, http::TagComparison::strong)) {
      co_return base::fail(ErrorCode::precondition_failed,
                           "The agent has changed since the version that If-Match names.");
    }
  }
  const AgentStatus before = agent.status;
  const auto edited = change.edit(agent);
  if (!edited) co_return Failure(edited.error());
  if (auto allowed = check_status(before, agent.status, caller.is_admin); !allowed) {
    co_return Failure(std::move(allowed.error()));
  }
  if (*edited) {
    ++agent.version;
    agent.updated_at = clock_.now();
    sql::Write write{update_calls(agent, change.kind)};
    write.calls.push_back(audit_row(
        caller.actor, {.action = change.action, .subject = subject_of(id)}, agent.updated_at));
    if (change.kind == AgentChange::removed) {
      std::ranges::move(drop_artifacts_calls(id, agent.developer_id, agent.updated_at),
                        std::back_inserter(write.calls));
    }
    co_await boost::asio::this_coro::throw_if_cancelled(false);  // As in create().
    auto task = database_.write(std::move(write));
    auto written = co_await std::move(task);
    if (!written) co_return Failure(std::move(written.error()));
    if (!*written) {
      if (written->error().kind == sql::Rejection::Kind::expectation) co_return std::nullopt;
      co_return rejected(written->error());
    }
  }
  auto publishing = committed(std::move(agent), std::move(developer));
  co_return co_await std::move(publishing);
}

Task<SharedRecord> AgentService::update(AgentId id, std::string patch, std::string if_match,
                                        Caller caller) {
  Change edit{.kind = AgentChange::updated,
              .action = "agent.update",
              .if_match = std::move(if_match),
              .edit = [patch = std::move(patch)](Agent& agent) -> Result<bool> {
                auto registration = merge_registration(agent, patch);
                if (!registration) return Failure(std::move(registration.error()));
                assign(agent, std::move(*registration));
                if (agent.verified_at && !is_still_proved(agent)) {
                  agent.verified_at.reset();
                  agent.verified_method.reset();
                }
                return true;
              }};
  return change(id, std::move(edit), std::move(caller));
}

Task<SharedRecord> AgentService::remove(AgentId id, std::string if_match, Caller caller) {
  Change edit{.kind = AgentChange::removed,
              .action = "agent.delete",
              .if_match = std::move(if_match),
              .edit = [](Agent& agent) -> Result<bool> {
                return std::exchange(agent.status, AgentStatus::inactive) != AgentStatus::inactive;
              }};
  return change(id, std::move(edit), std::move(caller));
}

Task<SharedRecord> AgentService::mark_verified(AgentId id, std::string method, Caller caller) {
  Change edit{.kind = AgentChange::updated,
              .action = "agent.verify",
              .if_match = {},
              .edit = [this, method = std::move(method)](Agent& agent) -> Result<bool> {
                agent.verified_at = clock_.now();
                agent.verified_method = method;
                return true;
              }};
  return change(id, std::move(edit), std::move(caller));
}

Task<Timestamp> AgentService::heartbeat(AgentId id) {
  const auto now = clock_.now();
  auto task = store_.touch(id, now);
  auto touched = co_await std::move(task);
  if (!touched) co_return Failure(std::move(touched.error()));
  if (!*touched) co_return no_such_agent();
  co_return now;
}

}  // namespace sovereign::registry
