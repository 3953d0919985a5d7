// Starting an agent: gate, preparation, record, spawn.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <array>
#include <exception>
#include <utility>

#include "async/run_blocking.hpp"
#include "base/encoding.hpp"
#include "core/errors.hpp"
#include "core/launcher/gate.hpp"
#include "core/launcher/launcher_entry.hpp"
#include "core/redaction/sensitive_names.hpp"

namespace sovereign::core {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kTokenBytes = 32;

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

std::string make_token(base::Random& random) {
  std::array<std::uint8_t, kTokenBytes> bytes{};
  random.fill(bytes);
  return base::to_base64url(bytes);
}

/// What the manifest says now, and what it takes to start that. On a worker.
struct OnDisk {
  LaunchManifest manifest;
  Result<EntryCommand> command;
};

Result<OnDisk> read_disk(const AgentSource& agents, const LaunchableAgent& agent) {
  auto manifest = agents.read_manifest(agent);
  if (!manifest) return Failure(std::move(manifest.error()));
  auto command = entry_command(manifest->target, agent.folder);
  return OnDisk{std::move(*manifest), std::move(command)};
}

/// The folders that are the agent's own, and the run's log. On a worker.
Result<std::unique_ptr<LogFile>> make_files(const Home& home, const AgentId& agent, RunId run,
                                            const LogFileOptions& options) {
  const auto own = home.agent_private(agent);
  for (const auto& folder : {home.agent(agent), own, own / "home", own / "tmp"}) {
    if (auto made = prepare_private_folder(folder); !made) return Failure(std::move(made.error()));
  }
  return LogFile::create(home.run_log(agent, run), options);
}

json::Object start_metadata(const EntryCommand& command, const std::string& log_path,
                            const LaunchManifest& manifest) {
  return {{"trust_boundary", "executes_code"},
          {"program", command.program},
          {"args_count", command.arguments.size()},
          {"manifest_hash", manifest.hash},
          {"log_path", log_path}};
}

}  // namespace

Task<RunInfo> Launcher::start_agent(AgentId agent, StartOptions options) {
  // A client that goes away leaves the launch as it is.
  const bool throws = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<RunInfo> run = co_await launch(std::move(agent), std::move(options));
  co_await asio::this_coro::throw_if_cancelled(throws);
  co_return run;
}

Task<RunInfo> Launcher::launch(AgentId agent, StartOptions options) {
  if (is_stopping_) co_return fail(CoreCode::protocol_shutting_down, "The Core is shutting down.");
  Entry& own = entry(agent);
  const bool is_busy = own.is_launching || own.run != nullptr;
  if (options.hold == StartOptions::Hold::release) own.restarts.release();
  Result<Admitted> admitted = co_await admit(own, agent, is_busy);
  if (!admitted) {
    Error error = std::move(admitted.error());
    Result<void> recorded = co_await record_refusal(std::move(agent), options.actor, error);
    if (!recorded) co_return Failure(std::move(recorded.error()));
    co_return Failure(std::move(error));
  }
  if (own.is_launching || own.run != nullptr) {
    co_return fail(CoreCode::agent_already_running, "The agent runs already.");
  }
  const Launching launching(own);
  own.policy = options.restart;
  own.is_waiting = false;
  ++own.backoff;
  Result<Prepared> prepared = co_await prepare(*admitted, options);
  if (!prepared) co_return Failure(std::move(prepared.error()));
  if (auto wanted = check_still_wanted(own, *admitted); !wanted) {
    co_return Failure(std::move(wanted.error()));
  }
  Result<void> recorded = co_await record_start(*prepared, *admitted, options.actor);
  if (!recorded) co_return Failure(std::move(recorded.error()));
  RunInfo info = prepared->info;
  own.last_run = info.run_id;
  own.log = prepared->log;
  auto run = co_await spawn(own, *admitted, std::move(*prepared));
  if (run) co_return (*run)->info();
  Error error = std::move(run.error());
  Result<void> failed = co_await record_failed_start(std::move(info), agent, error);
  if (!failed) co_return Failure(std::move(failed.error()));
  co_return Failure(std::move(error));
}

Task<Launcher::Admitted> Launcher::admit(Entry& own, const AgentId& agent, bool is_busy) {
  GateFacts facts{.agent = parts_.agents.find(agent), .running_limit = options_.running_limit};
  Result<OnDisk> disk = base::fail(ErrorCode::not_found, "");
  if (facts.agent) {
    auto job = [&agents = parts_.agents, found = *facts.agent] { return read_disk(agents, found); };
    disk = co_await async::run_blocking(parts_.workers, std::move(job));
    if (disk) {
      facts.manifest = disk->manifest;
    } else {
      facts.manifest = Failure(disk.error());
    }
  }
  // From here on nothing waits: what is checked is what is so now.
  facts.approval = parts_.approvals.active(agent);
  facts.is_running = is_busy;
  facts.is_held = own.restarts.is_held(parts_.clock.steady_now());
  facts.running = running();
  if (auto passed = check_gate(facts); !passed) co_return Failure(std::move(passed.error()));
  if (!disk->command) co_return Failure(std::move(disk->command.error()));
  co_return Admitted{std::move(*facts.agent), std::move(disk->manifest), std::move(*facts.approval),
                     std::move(*disk->command)};
}

Task<Launcher::Prepared> Launcher::prepare(const Admitted& admitted, const StartOptions& options) {
  const AgentId& agent = admitted.agent.id;
  const auto id = RunId::generate(parts_.random);
  auto job = [&home = parts_.home, agent, id, logs = options_.logs] {
    return make_files(home, agent, id, logs);
  };
  auto file = co_await async::run_blocking(parts_.workers, std::move(job));
  if (!file) co_return Failure(std::move(file.error()));
  Prepared prepared{.info = {.run_id = id,
                             .agent_id = agent.text(),
                             .started_at = parts_.clock.now(),
                             .manifest_hash = admitted.manifest.hash,
                             .started_by = options.actor.id},
                    .token = make_token(parts_.random),
                    .log = std::make_shared<RunLog>(std::move(*file), parts_.workers, parts_.clock),
                    .deadlines = options_.deadlines};
  if (admitted.manifest.target.kind != LaunchKind::mix_task) {
    prepared.deadlines.welcome = options_.release_welcome;
  }
  const std::string own = parts_.home.agent_private(agent).native();
  const std::string socket = parts_.home.agent_socket().native();
  const std::string home = own + "/home";
  const std::string temporary = own + "/tmp";
  const EnvironmentFacts facts{.agent = agent,
                               .run = id,
                               .session_token = prepared.token,
                               .socket = socket,
                               .manifest_hash = admitted.manifest.hash,
                               .install_path = admitted.agent.folder,
                               .path = options_.path,
                               .home = home,
                               .temporary = temporary,
                               .operator_environment = options_.operator_environment,
                               .toolchain = options_.toolchain,
                               .kind = admitted.manifest.target.kind};
  prepared.plan = {.program = admitted.command.program,
                   .arguments = admitted.command.arguments,
                   .environment = launch_environment(facts, admitted.approval),
                   .directory = admitted.agent.folder,
                   .limits = options_.limits};
  for (const auto& [name, value] : prepared.plan.environment) {
    // Not all: paths and names would vanish from the log.
    if (is_sensitive_name(name)) prepared.secrets.push_back(parts_.redaction.keep_out(name, value));
  }
  co_return prepared;
}

Task<void> Launcher::record_start(const Prepared& prepared, const Admitted& admitted,
                                  const Actor& actor) {
  const auto log_path = parts_.home.run_log(admitted.agent.id, prepared.info.run_id).native();
  RunEvent event{.type = "agent.run_started",
                 .actor = actor,
                 .agent = admitted.agent.id,
                 .run = prepared.info.run_id,
                 .metadata = start_metadata(admitted.command, log_path, admitted.manifest)};
  sql::Write write;
  write.calls.push_back(insert_run(prepared.info, admitted.approval.id));
  write.calls.push_back(parts_.journal.audit_row(std::move(event), prepared.info.started_at));
  Result<void> committed = co_await store_.commit(std::move(write));
  co_return committed;
}

Result<void> Launcher::check_still_wanted(const Entry& own, const Admitted& admitted) const {
  if (is_stopping_ || own.is_launch_unwanted) {
    return fail(CoreCode::agent_start_failed, "The agent was stopped while it was starting.");
  }
  const auto approval = parts_.approvals.active(admitted.agent.id);
  if (approval && approval->id == admitted.approval.id) return {};
  return fail(CoreCode::permission_revoked, "Its approval changed while it was starting.");
}

Task<std::shared_ptr<Run>> Launcher::spawn(Entry& own, const Admitted& admitted,
                                           Prepared prepared) {
  if (auto wanted = check_still_wanted(own, admitted); !wanted) {
    co_return Failure(std::move(wanted.error()));
  }
  const AgentId& agent = admitted.agent.id;
  const RunId id = prepared.info.run_id;
  parts_.connections.expect({.agent = agent,
                             .run = id,
                             .token_digest = crypto::sha256(prepared.token),
                             .manifest_hash = admitted.manifest.hash,
                             .expires = parts_.clock.steady_now() + options_.ticket_lifetime});
  crypto::wipe(prepared.token);
  Result<process::Child> child = co_await parts_.spawner.spawn(std::move(prepared.plan));
  if (!child) {
    parts_.connections.withdraw(id, "not started");
    co_return fail(CoreCode::agent_start_failed, child.error().detail, child.error().context);
  }
  prepared.info.pid = child->pid();
  const auto process_started = child->start_time();
  parts_.connections.set_process(id, child->pid(), child->pidfd());
  own.run = std::make_shared<Run>(RunParts{executor_, parts_.connections}, std::move(prepared.info),
                                  agent, std::move(*child), prepared.log,
                                  std::move(prepared.secrets), prepared.deadlines);
  const std::shared_ptr<Run> run = own.run;
  show(agent, own);
  ++background_;
  asio::co_spawn(executor_,
                 supervise(run, parts_.redaction.make_filter(), parts_.redaction.make_filter()),
                 &rethrow);
  if (auto wanted = check_still_wanted(own, admitted); !wanted) {
    run->request_stop(wanted.error().detail);
  }
  sql::Write write;
  write.calls.push_back(set_run_process(id, *run->info().pid, process_started));
  // Without this row a restart of the Core still finds the process by its run id.
  [[maybe_unused]] Result<void> committed = co_await store_.commit(std::move(write));
  co_return run;
}

Task<void> Launcher::record_refusal(AgentId agent, Actor actor, Error error) {
  // What a person has not allowed; that something is not built, or runs already, is no denial.
  const bool is_denial = error.name == to_string(CoreCode::agent_not_enabled) ||
                         error.name == to_string(CoreCode::permission_drift) ||
                         error.name.starts_with("manifest.");
  if (!is_denial) co_return Result<void>();
  RunEvent event{.type = "security.denied",
                 .level = RunEventLevel::security,
                 .actor = std::move(actor),
                 .agent = std::move(agent),
                 .metadata = {{"action", "agent.run"}, {"reason", std::string(error.name)}}};
  sql::Write write;
  write.calls.push_back(parts_.journal.audit_row(std::move(event), parts_.clock.now()));
  Result<void> committed = co_await store_.commit(std::move(write));
  co_return committed;
}

Task<void> Launcher::record_failed_start(RunInfo info, AgentId agent, Error error) {
  const RunOutcome outcome{.status = RunStatus::crashed, .reason = "start_failed: " + error.detail};
  RunEvent event{.type = "agent.run_crashed",
                 .level = RunEventLevel::error,
                 .agent = std::move(agent),
                 .run = info.run_id,
                 .metadata = {{"reason", outcome.reason}}};
  const auto now = parts_.clock.now();
  sql::Write write;
  write.calls.push_back(set_run_ended(info.run_id, outcome, now));
  write.calls.push_back(parts_.journal.audit_row(std::move(event), now));
  Result<void> committed = co_await store_.commit(std::move(write));
  co_return committed;
}

}  // namespace sovereign::core
