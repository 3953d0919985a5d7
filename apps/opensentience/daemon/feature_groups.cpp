#include "daemon/feature_groups.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "version.hpp"

extern char** environ;

namespace sovereign::opensentience {
namespace {

core::WalkPlan walk_plan(const Foundation& foundation) {
  core::WalkPlan plan{.roots = {}, .excluded = {foundation.home.root()}, .bounds = {}};
  for (const auto& root : foundation.settings.scan_roots) plan.roots.emplace_back(root);
  return plan;
}

/// What git may need to reach a network, and builds to find the operator's own tools.
process::Environment picked(std::initializer_list<const char*> names) {
  process::Environment environment;
  for (const char* name : names) {
    if (const char* value = std::getenv(name); value != nullptr) environment[name] = value;
  }
  return environment;
}

/// Where approved env:read permissions take values from.
process::Environment own_environment() {
  process::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

core::GitOptions git_options() {
  return {.limits = {},
          .network_environment = picked({"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY",
                                         "SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK"})};
}

core::BuildOptions build_options(const Settings& settings) {
  return {.search_path = settings.agent_path,
          .extra_environment = picked({"https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY",
                                       "SSL_CERT_FILE", "MIX_ARCHIVES", "MIX_REBAR3"})};
}

core::LauncherOptions launcher_options(const Settings& settings) {
  core::LauncherOptions options;
  options.path = settings.agent_path;
  options.operator_environment = own_environment();
  options.toolchain = picked({"MIX_ARCHIVES", "MIX_REBAR3"});
  options.running_limit = static_cast<std::size_t>(settings.running_limit);
  return options;
}

core::ConnectionLimits connection_limits(const Settings& settings) {
  core::ConnectionLimits limits;
  limits.max_frame_bytes = static_cast<std::size_t>(settings.max_frame_bytes);
  limits.max_queued_bytes = std::max(limits.max_queued_bytes, 2 * limits.max_frame_bytes);
  limits.max_inflight_requests = static_cast<std::size_t>(settings.max_inflight_requests);
  limits.max_tools = static_cast<std::size_t>(settings.max_tools);
  limits.max_stream_bytes = static_cast<std::size_t>(settings.max_stream_bytes);
  limits.register_timeout = std::chrono::seconds(settings.register_seconds);
  limits.heartbeat_interval = std::chrono::milliseconds(settings.heartbeat_milliseconds);
  return limits;
}

core::CallLimits call_limits(const Settings& settings) {
  core::CallLimits limits;
  limits.human_rate.requests = static_cast<std::uint32_t>(settings.human_calls_per_minute);
  limits.automation_rate.requests = static_cast<std::uint32_t>(settings.agent_calls_per_minute);
  limits.target_rate.requests = std::max(limits.target_rate.requests, limits.human_rate.requests);
  limits.concurrency = static_cast<std::size_t>(settings.calls_per_agent);
  limits.most_concurrency = std::max(limits.most_concurrency, limits.concurrency);
  limits.timeout = std::chrono::seconds(settings.call_timeout_seconds);
  limits.most_timeout = std::chrono::seconds(settings.call_timeout_limit_seconds);
  return limits;
}

core::Catalog::Publish publisher(core::EventBus& events) {
  return [&events](std::string_view type, std::string_view subject, json::Object data) {
    events.publish(type, subject, std::move(data));
  };
}

/// An agent that does not run is stopped already. Answers whether it ran.
Task<bool> stop_if_running(core::Launcher& launcher, core::AgentId agent, core::Actor actor,
                           std::string reason) {
  auto stopping = launcher.stop_agent(std::move(agent), std::move(actor), std::move(reason));
  const auto stopped = co_await std::move(stopping);
  if (stopped) co_return true;
  if (stopped.error().name == to_string(core::CoreCode::agent_not_running)) co_return false;
  co_return Failure(stopped.error());
}

/// With the restart policy that it had.
Task<void> start_again(core::Launcher& launcher, core::AgentId agent, core::Actor actor) {
  auto starting = launcher.restart_agent(std::move(agent), std::move(actor), std::nullopt);
  const auto started = co_await std::move(starting);
  if (!started) co_return Failure(started.error());
  co_return Result<void>{};
}

}  // namespace

Record::Record(Foundation& foundation, boost::asio::any_io_executor executor)
    : events(executor, foundation.clock),
      trail(*foundation.database, foundation.clock, executor),
      checkpointer({.database = *foundation.database,
                    .chain = foundation.chain,
                    .key = *foundation.audit_key,
                    .file = foundation.home.audit_checkpoints(),
                    .clock = foundation.clock,
                    .workers = foundation.files},
                   executor, {.on_new_rows = [this] { events.publish("audit.appended", ""); }}) {}

Knowledge::Knowledge(Foundation& foundation, Record& record)
    : approvals(*foundation.database, foundation.clock, foundation.random),
      catalog(*foundation.database, approvals, publisher(record.events)),
      discovery({.catalog = catalog,
                 .approvals = approvals,
                 .clock = foundation.clock,
                 .pool = foundation.scans},
                walk_plan(foundation)) {}

Running::Running(Foundation& foundation, Record& record, Knowledge& knowledge,
                 std::string instance_id)
    : journal(record.trail),
      hub({.clock = foundation.clock,
           .random = foundation.random,
           .journal = journal,
           .metrics = foundation.metrics,
           .processes = process_trees},
          {.limits = connection_limits(foundation.settings),
           .core_version = std::string(kVersion),
           .instance_id = std::move(instance_id)}),
      agents(knowledge.catalog),
      approvals(knowledge.approvals),
      connections(hub),
      audited_runs(record.events),
      logs(foundation.redactor),
      launcher({.database = *foundation.database,
                .clock = foundation.clock,
                .random = foundation.random,
                .workers = foundation.files,
                .spawner = foundation.spawner,
                .home = foundation.home,
                .agents = agents,
                .approvals = approvals,
                .connections = connections,
                .journal = audited_runs,
                .redaction = logs},
               launcher_options(foundation.settings)),
      observer(launcher) {
  core::follow_approvals(knowledge.approvals, launcher);
}

Installing::Installing(Foundation& foundation, Record& record, Knowledge& knowledge,
                       core::Launcher& launcher)
    : commands(foundation.spawner),
      git(commands, foundation.files, git_options()),
      base{.database = *foundation.database,
           .catalog = knowledge.catalog,
           .git = git,
           .pool = foundation.files,
           .home = foundation.home,
           .clock = foundation.clock,
           .operations = operations,
           .publish = publisher(record.events)},
      registries(base),
      fetcher(git, foundation.files, foundation.home, {}),
      builder(commands, foundation.files, foundation.redactor, build_options(foundation.settings)),
      parts{.base = base,
            .registries = registries,
            .approvals = knowledge.approvals,
            .fetcher = fetcher,
            .builder = builder,
            .logs = logs,
            .busy = busy,
            .stop =
                [&launcher](core::AgentId agent, core::Actor actor, std::string reason) {
                  return stop_if_running(launcher, std::move(agent), std::move(actor),
                                         std::move(reason));
                },
            .start =
                [&launcher](core::AgentId agent, core::Actor actor) {
                  return start_again(launcher, std::move(agent), std::move(actor));
                }},
      installer(parts),
      builds(parts),
      updater(parts, builds) {}

Calling::Calling(Foundation& foundation, Record& record, Knowledge& knowledge, core::Hub& hub)
    : facts(knowledge.approvals, knowledge.catalog),
      audit(record.trail),
      events(record.events),
      summaries(foundation.redactor),
      router({.sessions = hub,
              .facts = facts,
              .audit = audit,
              .events = events,
              .summaries = summaries,
              .database = *foundation.database,
              .clock = foundation.clock,
              .random = foundation.random,
              .metrics = foundation.metrics},
             call_limits(foundation.settings)),
      invocations(router) {}

FrontDoor::FrontDoor(Foundation& foundation, Record& record)
    : audit(record.trail),
      denials(audit, foundation.clock),
      access({.token = *foundation.token,
              .audit = audit,
              .denials = denials,
              .clock = foundation.clock,
              .random = foundation.random}),
      authenticator(access, ::geteuid()) {}

}  // namespace sovereign::opensentience
