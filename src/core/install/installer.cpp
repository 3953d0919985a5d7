#include "core/install/installer.hpp"

#include <set>
#include <system_error>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/catalog/changes.hpp"

namespace sovereign::core {
namespace {

constexpr std::string_view kLinkedWarning =
    "The agent runs from the folder it is developed in: its code can change at any time.";
constexpr std::string_view kCutOff = "The Core ended before this was done; try again.";

bool needs_build(const ManifestReading& manifest) {
  const auto& entrypoint = manifest.manifest.entrypoint;
  return !entrypoint || !build_steps(entrypoint->type).empty();
}

/// Folders beneath `home` that no tree of `known` accounts for.
std::vector<std::filesystem::path> leftovers(const Home& home, const std::set<std::string>& known,
                                             const std::set<std::string>& agents) {
  std::vector<std::filesystem::path> found;
  std::error_code error;
  using Iterator = std::filesystem::directory_iterator;
  for (Iterator agent(home.agents(), error), end; !error && agent != end; agent.increment(error)) {
    std::error_code inner;
    for (Iterator tree(agent->path() / "trees", inner); !inner && tree != end;
         tree.increment(inner)) {
      if (!known.contains(tree->path().string())) found.push_back(tree->path());
    }
  }
  error.clear();
  for (Iterator mirror(home.root() / "mirrors", error), end; !error && mirror != end;
       mirror.increment(error)) {
    if (!agents.contains(mirror->path().stem().string())) found.push_back(mirror->path());
  }
  return found;
}

}  // namespace

Result<TreeSource> source_of(const ListedAgent& listed, const std::optional<std::string>& ref) {
  const auto& entry = listed.entry;
  auto chosen = ref ? GitRef::parse(*ref) : Result<GitRef>(entry.ref);
  if (!chosen) return Failure(std::move(chosen.error()));
  // Another ref is not what the registry's people saw; their hashes say nothing of it.
  const bool is_listed = *chosen == entry.ref;
  return TreeSource{.agent = entry.id,
                    .url = entry.url,
                    .ref = std::move(*chosen),
                    .manifest_path = entry.manifest_path,
                    .registry = listed.registry,
                    .registry_commit = listed.registry_commit,
                    .expected_manifest_hash = is_listed ? entry.expected_manifest_hash : "",
                    .expected_commit = is_listed ? entry.expected_commit : std::nullopt};
}

void Installer::announce(const AgentId& agent, std::string_view state) const {
  parts_.base.publish("install.progress", agent.text(), {{"state", state}});
}

Task<InstallAnswer> Installer::install(AgentId agent, InstallRequest request, Requester requester) {
  return parts_.base.operations.run(
      run_install(std::move(agent), std::move(request), std::move(requester)));
}

Task<InstallAnswer> Installer::run_install(AgentId agent, InstallRequest request,
                                           Requester requester) {
  const auto hold = parts_.busy.hold(agent);
  if (!hold) co_return Failure(hold.error());
  const auto record = parts_.base.catalog.find(agent);
  if (record && record->install == InstallState::fetched) {
    co_return base::fail(ErrorCode::conflict, "The agent is installed already; update it.");
  }
  if (record && record->origin == Origin::local_dev && !request.registry && !request.ref) {
    auto linking = link(agent, requester);
    auto linked = co_await std::move(linking);
    co_return linked;
  }
  auto finding = parts_.registries.find(agent, request.registry);
  const auto listed = co_await std::move(finding);
  if (!listed) co_return Failure(listed.error());
  auto source = source_of(*listed, request.ref);
  if (!source) co_return Failure(source.error());
  auto fetching = fetch(std::move(*source), requester);
  auto answer = co_await std::move(fetching);
  if (answer) {
    announce(agent, "installed");
    co_return answer;
  }
  announce(agent, "failed");
  auto recording = record_failure(agent, answer.error(), requester);
  [[maybe_unused]] const auto recorded = co_await std::move(recording);
  co_return answer;
}

Task<InstallAnswer> Installer::link(AgentId agent, Requester requester) {
  const auto record = parts_.base.catalog.find(agent);
  auto reading = read_manifest_of(parts_.base.pool, *record);
  const auto manifest = co_await std::move(reading);
  if (!manifest) co_return Failure(manifest.error());
  if (!manifest->id || *manifest->id != agent) {
    co_return fail(CoreCode::install_id_mismatch,
                   "The folder holds another agent by now; scan for agents again.");
  }
  const auto now = parts_.base.clock.now();
  InstallAnswer answer{.agent_id = agent.text(),
                       .method = InstallMethod::linked,
                       .path = record->folder(),
                       .manifest_hash = manifest->hash,
                       .permissions = manifest->manifest.permissions,
                       .warnings = {std::string(kLinkedWarning)},
                       .needs_build = needs_build(*manifest)};
  auto event = agent_event("agent.installed", agent, requester);
  event.metadata = {{"install_method", "linked"},
                    {"dest_dir", answer.path},
                    {"manifest_hash", answer.manifest_hash}};
  sql::Write write;
  write.calls.push_back(set_install(agent, InstallState::fetched));
  write.calls.push_back(set_error(agent, ""));
  if (!answer.needs_build) write.calls.push_back(set_build(agent, BuildState::built, now));
  write.calls.push_back(audit_row(std::move(event), now));
  auto task = commit_change(parts_.base.catalog, agent, std::move(write));
  const auto committed = co_await std::move(task);
  if (!committed) co_return Failure(committed.error());
  co_return answer;
}

Task<void> Installer::start(const TreeSource& source, Requester requester) {
  auto event = agent_event("agent.install_started", source.agent, requester);
  event.metadata = {{"git_url", source.url.text()},
                    {"ref", source.ref.text()},
                    {"registry", source.registry},
                    {"registry_commit", source.registry_commit}};
  sql::Write write;
  write.calls.push_back(set_install(source.agent, InstallState::fetching));
  write.calls.push_back(audit_row(std::move(event), parts_.base.clock.now()));
  return commit_change(parts_.base.catalog, source.agent, std::move(write));
}

Task<InstallAnswer> Installer::fetch(TreeSource source, Requester requester) {
  auto starting = start(source, requester);
  const auto started = co_await std::move(starting);
  if (!started) co_return Failure(started.error());
  auto fetching = fetch_and_record(std::move(source), std::move(requester));
  auto answer = co_await std::move(fetching);
  co_return answer;
}

Task<InstallAnswer> Installer::fetch_and_record(TreeSource source, Requester requester) {
  announce(source.agent, "fetching");
  auto fetching = parts_.fetcher.fetch(source);
  const auto commit = co_await std::move(fetching);
  if (!commit) co_return Failure(commit.error());
  const auto agent = source.agent;
  auto exporting = parts_.fetcher.export_commit(
      std::move(source), *commit, [this, agent](std::string_view step) { announce(agent, step); });
  auto fetched = co_await std::move(exporting);
  if (!fetched) co_return Failure(std::move(fetched.error()));

  const auto now = parts_.base.clock.now();
  auto& tree = fetched->tree;
  tree.role = TreeRole::current;
  tree.fetched_at = now;
  const bool is_ready = !needs_build(fetched->manifest);
  if (is_ready) {
    tree.build = BuildState::built;
    tree.built_at = now;
  }
  auto event = agent_event("agent.installed", agent, requester);
  event.metadata = describe(tree);
  event.metadata["install_method"] = "fetched";
  if (!tree.warnings.empty()) event.severity = Severity::warn;
  sql::Write write;
  write.calls.push_back(put_tree(tree));
  for (auto& call : make_current(tree, fetched->manifest, now)) {
    write.calls.push_back(std::move(call));
  }
  write.calls.push_back(audit_row(std::move(event), now));
  auto task = commit_change(parts_.base.catalog, agent, std::move(write));
  const auto committed = co_await std::move(task);
  if (!committed) co_return Failure(committed.error());
  co_return InstallAnswer{.agent_id = agent.text(),
                          .method = InstallMethod::fetched,
                          .path = tree.project_folder(),
                          .commit = tree.commit(),
                          .registry = tree.provenance.registry,
                          .manifest_hash = tree.manifest_hash,
                          .permissions = fetched->manifest.manifest.permissions,
                          .warnings = tree.warnings,
                          .needs_build = !is_ready};
}

Task<void> Installer::record_failure(AgentId agent, Error error, Requester requester) {
  sql::Write write;
  write.calls.push_back(set_install(agent, InstallState::failed));
  write.calls.push_back(set_error(agent, error.detail));
  write.calls.push_back(audit_row(agent_failure("agent.install_failed", agent, requester, error),
                                  parts_.base.clock.now()));
  return commit_change(parts_.base.catalog, std::move(agent), std::move(write));
}

Task<void> Installer::uninstall(AgentId agent, PrivateData data, Requester requester) {
  return parts_.base.operations.run(run_uninstall(std::move(agent), data, std::move(requester)));
}

Task<void> Installer::revoke(AgentId agent, Requester requester) {
  ApprovalAction action{.agent = std::move(agent),
                        .actor = requester.actor,
                        .reason = "uninstalled",
                        .correlation_id = requester.correlation_id};
  auto task = parts_.approvals.revoke(std::move(action));
  const auto revoked = co_await std::move(task);
  // There may be nothing to revoke.
  const bool is_fine = revoked || revoked.error().name == to_string(CoreCode::agent_not_enabled);
  co_return is_fine ? Result<void>{} : revoked;
}

Task<void> Installer::run_uninstall(AgentId agent, PrivateData data, Requester requester) {
  const auto hold = parts_.busy.hold(agent);
  if (!hold) co_return Failure(hold.error());
  const auto record = parts_.base.catalog.find(agent);
  if (!record || record->install != InstallState::fetched) {
    co_return fail(CoreCode::agent_not_installed, "The agent is not installed.");
  }
  auto stopping = parts_.stop(agent, requester.actor, "uninstall");
  const auto stopped = co_await std::move(stopping);
  if (!stopped) co_return Failure(stopped.error());
  auto revoking = revoke(agent, requester);
  const auto revoked = co_await std::move(revoking);
  if (!revoked) co_return Failure(revoked.error());

  auto event = agent_event("agent.uninstalled", agent, requester);
  event.metadata = {{"commit", record->provenance.git_commit},
                    {"dest_dir", record->folder()},
                    {"kept_data", data == PrivateData::keep}};
  sql::Write write;
  write.calls.push_back(delete_trees(agent));
  if (record->origin == Origin::installed) {
    write.calls.push_back(set_uninstalled(agent));
  } else {
    write.calls.push_back(set_install(agent, InstallState::none));
    write.calls.push_back(set_build(agent, BuildState::not_built));
  }
  write.calls.push_back(audit_row(std::move(event), parts_.base.clock.now()));
  auto task = commit_change(parts_.base.catalog, agent, std::move(write));
  const auto committed = co_await std::move(task);
  if (!committed) co_return Failure(committed.error());
  parts_.logs.forget(agent);
  const auto& home = parts_.base.home;
  std::vector<std::filesystem::path> folders = {home.agent(agent) / "trees", home.mirror(agent),
                                                home.build(agent)};
  if (data == PrivateData::remove) folders.push_back(home.agent(agent));
  auto removing = remove_folders(parts_.base.pool, std::move(folders));
  const auto removed = co_await std::move(removing);
  co_return removed;
}

Task<void> Installer::settle_states(const std::vector<InstalledTree>& trees) {
  std::vector<AgentId> agents;
  sql::Write write;
  for (auto tree : trees) {
    if (tree.build != BuildState::building) continue;
    tree.build = BuildState::failed;
    write.calls.push_back(set_tree_build(tree));
  }
  for (const auto& record : parts_.base.catalog.all()) {
    if (record->install != InstallState::fetching && record->build != BuildState::building) {
      continue;
    }
    agents.push_back(record->id);
    write.calls.push_back(set_error(record->id, kCutOff));
    if (record->install == InstallState::fetching) {
      write.calls.push_back(set_install(record->id, InstallState::failed));
    }
    if (record->build == BuildState::building) {
      write.calls.push_back(set_build(record->id, BuildState::failed));
    }
  }
  if (write.calls.empty()) co_return Result<void>{};
  auto task = parts_.base.catalog.commit(std::move(agents), std::move(write));
  const auto written = co_await std::move(task);
  if (!written) co_return Failure(written.error());
  co_return Result<void>{};
}

Task<void> Installer::settle() {
  const auto trees = store_.load();
  if (!trees) co_return Failure(trees.error());
  auto settling = settle_states(*trees);
  const auto settled = co_await std::move(settling);
  if (!settled) co_return Failure(settled.error());
  std::set<std::string> known;
  std::set<std::string> agents;
  for (const auto& tree : *trees) {
    known.insert(tree.path);
    agents.insert(tree.agent.text());
  }
  auto clear = [home = parts_.base.home, known = std::move(known),
                agents = std::move(agents)]() -> Result<std::vector<std::filesystem::path>> {
    return leftovers(home, known, agents);
  };
  auto looking = async::run_blocking(parts_.base.pool, std::move(clear));
  auto found = co_await std::move(looking);
  if (!found) co_return Failure(found.error());
  auto removing = remove_folders(parts_.base.pool, std::move(*found));
  const auto removed = co_await std::move(removing);
  co_return removed;
}

}  // namespace sovereign::core
