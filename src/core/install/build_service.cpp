#include "core/install/build_service.hpp"

#include <utility>

#include "core/catalog/changes.hpp"

namespace sovereign::core {
namespace {

LocalRepositories local_of(const Provenance& provenance) {
  const auto url = GitUrl::parse(provenance.git_url, LocalRepositories::allowed);
  const bool is_local = !url || url->transport() == GitUrl::Transport::file;
  return is_local ? LocalRepositories::allowed : LocalRepositories::refused;
}

bool is_running(const AgentRecord& record) {
  return record.live.run != RunState::stopped && record.live.run != RunState::crashed;
}

json::Array steps_of(const BuildRecord& record) {
  json::Array steps;
  for (const auto& step : record.steps) {
    json::Object item{{"name", step.name},
                      {"duration_ms", step.duration_ms},
                      {"output_bytes", step.output_bytes},
                      {"output_truncated", step.output_truncated}};
    if (step.exit_code) item["exit_code"] = *step.exit_code;
    steps.push_back(std::move(item));
  }
  return steps;
}

}  // namespace

/// One build: of an exported tree, or of a folder in development.
struct BuildService::Job {
  AgentId agent;
  std::optional<InstalledTree> tree;
  BuildRequest request;

  bool is_current() const { return !tree || tree->role == TreeRole::current; }
};

BuildView view_of(const BuildRecord& record) {
  BuildView view{.agent_id = record.agent.text(),
                 .commit = record.commit,
                 .state = std::string(to_string(record.state)),
                 .warnings = record.warnings,
                 .started_at = record.started_at,
                 .finished_at = record.finished_at};
  for (const auto& step : record.steps) {
    view.steps.push_back({.name = step.name,
                          .state = step.state,
                          .exit_code = step.exit_code,
                          .duration_ms = step.duration_ms,
                          .output = step.output,
                          .output_bytes = step.output_bytes,
                          .output_truncated = step.output_truncated});
  }
  if (!record.code.empty()) view.code = record.code;
  if (!record.error.empty()) view.error = record.error;
  return view;
}

Result<BuildView> BuildService::last(const AgentId& agent) const {
  if (!parts_.base.catalog.find(agent)) {
    return fail(CoreCode::agent_not_found, "There is no agent of this id.");
  }
  const auto record = parts_.logs.find(agent);
  if (!record) {
    return base::fail(ErrorCode::not_found, "The agent was not built since the Core started.");
  }
  return view_of(*record);
}

void BuildService::announce(const BuildRecord& record) const {
  parts_.base.publish(
      "install.progress", record.agent.text(),
      {{"state", to_string(record.state)}, {"commit", record.commit}, {"code", record.code}});
}

Task<BuildView> BuildService::build(AgentId agent, BuildBody body, Requester requester) {
  if (!body.confirm) {
    co_return fail(CoreCode::build_not_confirmed,
                   "Building executes third-party code on this machine; confirm it.");
  }
  auto work =
      run_build(std::move(agent), body.tree.value_or(BuildTree::current), std::move(requester));
  auto task = parts_.base.operations.run(std::move(work));
  auto view = co_await std::move(task);
  co_return view;
}

Task<BuildView> BuildService::run_build(AgentId agent, BuildTree which, Requester requester) {
  const auto hold = parts_.busy.hold(agent);
  if (!hold) co_return Failure(hold.error());
  const auto record = parts_.base.catalog.find(agent);
  if (!record) co_return fail(CoreCode::agent_not_found, "There is no agent of this id.");
  auto finding = job_for(record, which);
  auto job = co_await std::move(finding);
  if (!job) co_return Failure(std::move(job.error()));
  auto running = run_job(std::move(*job), std::move(requester));
  const auto built = co_await std::move(running);
  if (!built) co_return Failure(built.error());
  co_return view_of(**built);
}

Task<BuildService::Job> BuildService::job_for(std::shared_ptr<const AgentRecord> record,
                                              BuildTree which) {
  if (record->install != InstallState::fetched) {
    co_return fail(CoreCode::agent_not_installed, "Install the agent first.");
  }
  if (which == BuildTree::current && is_running(*record)) {
    co_return fail(CoreCode::agent_already_running, "Stop the agent before it is built.");
  }
  if (record->origin != Origin::installed) {
    if (which == BuildTree::pending) {
      co_return base::fail(ErrorCode::conflict, "An agent in development has no updates.");
    }
    co_return Job{.agent = record->id};
  }
  auto task = store_.trees_of(record->id);
  auto trees = co_await std::move(task);
  if (!trees) co_return Failure(std::move(trees.error()));
  auto& tree = which == BuildTree::current ? trees->current : trees->pending;
  if (!tree) co_return base::fail(ErrorCode::conflict, "There is no pending update.");
  co_return Job{.agent = record->id, .tree = std::move(tree)};
}

Task<std::shared_ptr<const BuildRecord>> BuildService::build_tree(InstalledTree tree,
                                                                  Requester requester) {
  auto agent = tree.agent;
  return run_job(Job{.agent = std::move(agent), .tree = std::move(tree)}, std::move(requester));
}

sql::Write BuildService::state_change(const Job& job, BuildState state) const {
  sql::Write write;
  const auto now = parts_.base.clock.now();
  if (job.tree) {
    auto tree = *job.tree;
    tree.build = state;
    write.calls.push_back(set_tree_build(tree));
  }
  if (job.is_current()) {
    const auto at = state == BuildState::built ? std::optional(now) : std::nullopt;
    write.calls.push_back(set_build(job.agent, state, at));
  }
  return write;
}

Task<void> BuildService::record_start(const Job& job, Requester requester) {
  auto event = agent_event("agent.build_started", job.agent, requester);
  event.severity = Severity::warn;
  event.metadata = {{"trust_boundary", "executes_code"},
                    {"install_path", job.request.place.folder.string()},
                    {"commit", job.tree ? job.tree->commit() : ""},
                    {"mix_env", "prod"}};
  auto write = state_change(job, BuildState::building);
  write.calls.push_back(audit_row(std::move(event), parts_.base.clock.now()));
  return commit_change(parts_.base.catalog, job.agent, std::move(write));
}

Task<void> BuildService::record_end(Job job, std::shared_ptr<BuildRecord> record,
                                    Requester requester) {
  const bool is_built = record->state == BuildState::built;
  auto event = agent_event(is_built ? "agent.built" : "agent.build_failed", job.agent, requester);
  event.metadata = {{"trust_boundary", "executes_code"},
                    {"install_path", job.request.place.folder.string()},
                    {"commit", record->commit},
                    {"mix_env", "prod"},
                    {"steps", steps_of(*record)}};
  if (is_built) {
    event.metadata["build_hash"] = job.tree ? job.tree->build_hash : "";
  } else {
    event.severity = Severity::error;
    event.metadata["error"] = {{"code", record->code}, {"message", record->error}};
    for (const auto& step : record->steps) {
      if (step.state == StepState::failed) event.metadata["failed_step"] = step.name;
    }
  }
  auto write = state_change(job, record->state);
  if (job.is_current()) write.calls.push_back(set_error(job.agent, record->error));
  write.calls.push_back(audit_row(std::move(event), parts_.base.clock.now()));
  return commit_change(parts_.base.catalog, job.agent, std::move(write));
}

Task<std::shared_ptr<const BuildRecord>> BuildService::run_job(Job job, Requester requester) {
  const auto catalog_record = parts_.base.catalog.find(job.agent);
  auto reading = job.tree ? read_manifest_of(parts_.base.pool, *job.tree)
                          : read_manifest_of(parts_.base.pool, *catalog_record);
  const auto manifest = co_await std::move(reading);
  if (!manifest) co_return Failure(manifest.error());
  if (!manifest->manifest.entrypoint) co_return refuse(*manifest);
  const auto folder = job.tree ? job.tree->project_folder() : catalog_record->folder();
  const auto& provenance = job.tree ? job.tree->provenance : catalog_record->provenance;
  job.request = {.type = manifest->manifest.entrypoint->type,
                 .place = {.folder = folder,
                           .private_folder = parts_.base.home.build(job.agent),
                           .local = local_of(provenance)}};
  if (job.tree) {
    job.request.exported = {.tree = job.tree->path,
                            .project = std::string(folder_of(job.tree->manifest_path)),
                            .source_hash = job.tree->source_hash};
  }
  auto starting = record_start(job, requester);
  const auto started = co_await std::move(starting);
  if (!started) co_return Failure(started.error());
  auto record = parts_.logs.start({.agent = job.agent,
                                   .commit = job.tree ? job.tree->commit() : std::string(),
                                   .started_at = parts_.base.clock.now()});
  announce(*record);
  auto building = parts_.builder.build(
      job.request, record, [this, agent = job.agent](std::string_view step, std::string_view line) {
        parts_.base.publish("build.output", agent.text(), {{"step", step}, {"line", line}});
      });
  const auto built = co_await std::move(building);
  record->finished_at = parts_.base.clock.now();
  record->state = built ? BuildState::built : BuildState::failed;
  if (!built) {
    record->code =
        built.error().name.empty() ? base::to_string(built.error().code) : built.error().name;
    record->error = built.error().detail;
  } else if (job.tree) {
    job.tree->source_hash = built->source_hash;
    job.tree->build_hash = built->build_hash;
    job.tree->built_at = record->finished_at;
  }
  auto ending = record_end(std::move(job), record, std::move(requester));
  const auto ended = co_await std::move(ending);
  announce(*record);
  if (!built) co_return Failure(built.error());
  if (!ended) co_return Failure(ended.error());
  co_return std::shared_ptr<const BuildRecord>(record);
}

}  // namespace sovereign::core
