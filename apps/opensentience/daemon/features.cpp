#include "daemon/features.hpp"

#include <boost/asio/co_spawn.hpp>
#include <unistd.h>

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
  options.running_limit = static_cast<std::size_t>(settings.running_limit);
  return options;
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

}  // namespace

Features::Features(Foundation& base, boost::asio::any_io_executor loop)
    : foundation(base),
      executor(std::move(loop)),
      instance_id(base::Uuid::generate(base.random).to_string()),
      events(executor, base.clock),
      trail(*base.database, base.clock, executor),
      checkpointer({.database = *base.database,
                    .chain = base.chain,
                    .key = *base.audit_key,
                    .file = base.home.audit_checkpoints(),
                    .clock = base.clock,
                    .workers = base.files},
                   executor, {.on_new_rows = [this] { events.publish("audit.appended", ""); }}),
      approvals(*base.database, base.clock, base.random),
      catalog(*base.database, approvals,
              [this](std::string_view type, std::string_view subject, json::Object data) {
                events.publish(type, subject, std::move(data));
              }),
      discovery(
          {.catalog = catalog, .approvals = approvals, .clock = base.clock, .pool = base.scans},
          walk_plan(base)),
      commands(base.spawner),
      git(commands, base.files, git_options()),
      install_parts{
          .database = *base.database,
          .catalog = catalog,
          .git = git,
          .pool = base.files,
          .home = base.home,
          .clock = base.clock,
          .operations = operations,
          .publish = [this](std::string_view type, std::string_view subject,
                            json::Object data) { events.publish(type, subject, std::move(data)); }},
      registries(install_parts),
      fetcher(git, base.files, base.home, {}),
      builder(commands, base.files, base.redactor, build_options(base.settings)),
      agent_parts{
          .base = install_parts,
          .registries = registries,
          .approvals = approvals,
          .fetcher = fetcher,
          .builder = builder,
          .logs = build_logs,
          .busy = busy,
          .stop = [this](core::AgentId agent, core::Actor actor, std::string reason) -> Task<void> {
            auto stopping =
                launcher.stop_agent(std::move(agent), std::move(actor), std::move(reason));
            const auto stopped = co_await std::move(stopping);
            if (stopped || stopped.error().name == to_string(core::CoreCode::agent_not_running)) {
              co_return Result<void>{};
            }
            co_return Failure(stopped.error());
          }},
      installer(agent_parts),
      builds(agent_parts),
      updater(agent_parts, builds),
      connection_journal(trail),
      hub({.clock = base.clock,
           .random = base.random,
           .journal = connection_journal,
           .metrics = base.metrics,
           .processes = process_trees},
          {.limits = {}, .core_version = std::string(kVersion), .instance_id = instance_id}),
      agents(catalog),
      given_approvals(approvals),
      hub_connections(hub),
      run_journal(events),
      redacted_logs(base.redactor),
      launcher({.database = *base.database,
                .clock = base.clock,
                .random = base.random,
                .workers = base.files,
                .spawner = base.spawner,
                .home = base.home,
                .agents = agents,
                .approvals = given_approvals,
                .connections = hub_connections,
                .journal = run_journal,
                .redaction = redacted_logs},
               launcher_options(base.settings)),
      launcher_observer(launcher),
      agent_facts(approvals, catalog),
      audited_calls(trail),
      published_calls(events),
      redacted_inputs(base.redactor),
      router({.sessions = hub,
              .facts = agent_facts,
              .audit = audited_calls,
              .events = published_calls,
              .summaries = redacted_inputs,
              .database = *base.database,
              .clock = base.clock,
              .random = base.random,
              .metrics = base.metrics},
             call_limits(base.settings)),
      invocations(router),
      admin_audit(trail),
      denials(admin_audit, base.clock),
      admin_access({.token = *base.token,
                    .audit = admin_audit,
                    .denials = denials,
                    .clock = base.clock,
                    .random = base.random}),
      authenticator(admin_access, ::geteuid()) {
  connect();
}

/// Who hears of whom, beyond what constructors tell.
void Features::connect() {
  hub.set_registrar(router);
  hub.set_caller(invocations);
  hub.add_observer(router);
  hub.add_observer(invocations);
  hub.add_observer(launcher_observer);
  core::follow_approvals(approvals, launcher);
  launcher.on_crash_loop([this](const core::AgentId& agent) {
    spawn(
        [](Features& self, core::AgentId looping) -> Task<void> {
          auto rolling = self.updater.on_crash_loop(looping);
          const auto rolled_back = co_await std::move(rolling);
          if (!rolled_back) co_return Failure(rolled_back.error());
          if (!*rolled_back) co_return Result<void>{};
          self.launcher.release_hold(looping);
          auto starting = self.launcher.start_agent(
              looping, {.actor = {}, .restart = core::RestartPolicy::on_failure});
          const auto started = co_await std::move(starting);
          if (!started) co_return Failure(started.error());
          co_return Result<void>{};
        }(*this, agent),
        "rollback_after_crash_loop");
  });
}

void Features::spawn(Task<void> task, std::string_view what) {
  boost::asio::co_spawn(
      executor, std::move(task), [this, what](std::exception_ptr error, Result<void> result) {
        if (error) std::rethrow_exception(error);
        if (result) return;
        foundation.log.error(
            what, {{"reason", result.error().detail}, {"context", result.error().context}});
      });
}

Result<void> Features::load() {
  if (auto loaded = approvals.load(); !loaded) return loaded;
  if (auto loaded = catalog.load(); !loaded) return loaded;
  if (auto loaded = registries.load(); !loaded) return loaded;
  return router.load();
}

Task<void> Features::start() {
  launcher.start(executor);
  router.start(executor);
  auto settling = launcher.settle_stale_runs();
  if (auto settled = co_await std::move(settling); !settled) co_return settled;
  auto tidying = installer.settle();
  if (auto tidied = co_await std::move(tidying); !tidied) co_return tidied;
  if (auto listening = hub.start(executor, foundation.home.agent_socket().native()); !listening) {
    co_return listening;
  }
  checkpointer.start();
  auto recording = trail.append({.type = "core.started",
                                 .severity = core::Severity::info,
                                 .actor = {},
                                 .subject_type = "core",
                                 .subject_id = instance_id,
                                 .correlation_id = {},
                                 .causation_id = {},
                                 .metadata = {{"version", kVersion}, {"pid", ::getpid()}}});
  if (auto recorded = co_await std::move(recording); !recorded) co_return recorded;
  if (foundation.settings.scan_watch) {
    discovery.start(executor, [this](const Error& error) {
      foundation.log.warning("scan_failed", {{"reason", error.detail}});
    });
  }
  co_return Result<void>{};
}

Task<void> Features::stop() {
  auto ending_scans = discovery.stop();
  (void)co_await std::move(ending_scans);
  router.stop();
  auto ending_operations = operations.stop();
  co_await std::move(ending_operations);
  auto ending_agents = launcher.stop_all();
  const auto ended = co_await std::move(ending_agents);
  if (!ended) foundation.log.error("agents_not_stopped", {{"reason", ended.error().detail}});
  hub.stop();
  auto recording = trail.append({.type = "core.stopped",
                                 .severity = core::Severity::info,
                                 .actor = {},
                                 .subject_type = "core",
                                 .subject_id = instance_id,
                                 .correlation_id = {},
                                 .causation_id = {},
                                 .metadata = {}});
  (void)co_await std::move(recording);
  auto flushing = trail.stop();
  const auto flushed = co_await std::move(flushing);
  if (!flushed) foundation.log.error("audit_rows_lost", {{"reason", flushed.error().detail}});
  auto sealing = checkpointer.stop();
  const auto sealed = co_await std::move(sealing);
  if (!sealed) foundation.log.error("no_last_checkpoint", {{"reason", sealed.error().detail}});
  events.close();
  co_return Result<void>{};
}

}  // namespace sovereign::opensentience
