#include "core/install/updater.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "async/run_blocking.hpp"
#include "core/catalog/changes.hpp"
#include "core/install/installer.hpp"
#include "core/install/tree_snapshot.hpp"
#include "core/permissions/drift.hpp"

namespace sovereign::core {
namespace {

VersionView view_of(const InstalledTree& tree, const ManifestReading& manifest) {
  return {.commit = tree.commit(),
          .version = manifest.manifest.version,
          .manifest_hash = tree.manifest_hash,
          .build_state = std::string(to_string(tree.build))};
}

UpdatePermissions view_of(PermissionChanges changes) {
  return {.added = std::move(changes.added),
          .removed = std::move(changes.removed),
          .unchanged = std::move(changes.unchanged)};
}

PermissionChanges permission_changes(const ManifestReading& before, const ManifestReading& after) {
  return compare_permissions(before.manifest.permissions, after.manifest.permissions);
}

PendingUpdate pending_update(const InstalledTree& tree, const ManifestReading& manifest) {
  return {.commit = tree.commit(),
          .manifest_path = tree.path + "/" + tree.manifest_path,
          .manifest_hash = tree.manifest_hash,
          .permissions_hash = manifest.permissions_hash,
          .permissions = manifest.manifest.permissions};
}

std::string entrypoint_of(const Manifest& manifest) {
  if (!manifest.entrypoint) return {};
  return fmt::format("{} {}", to_string(manifest.entrypoint->type), manifest.entrypoint->value);
}

Failure not_installed() {
  return fail(CoreCode::agent_not_installed, "The agent is not installed.");
}

}  // namespace

/// The manifests of both trees.
struct Updater::Versions {
  ManifestReading current;
  ManifestReading pending;
};

/// What became of an agent that was stopped for a switch.
struct Updater::Restart {
  std::optional<bool> started;  ///< Nothing: it did not run.
  std::vector<std::string> warnings;
};

std::vector<ManifestChange> compare_manifests(const Manifest& before, const Manifest& after) {
  std::vector<ManifestChange> changes;
  const auto compare = [&](std::string_view member, std::string old_value, std::string new_value) {
    if (old_value == new_value) return;
    changes.push_back({std::string(member), std::move(old_value), std::move(new_value)});
  };
  compare("name", before.name, after.name);
  compare("version", before.version, after.version);
  compare("description", before.description, after.description);
  compare("entrypoint", entrypoint_of(before), entrypoint_of(after));
  compare("source.git_url", before.git_url, after.git_url);
  compare("source.ref", before.git_ref, after.git_ref);
  compare("capabilities", fmt::format("{}", fmt::join(before.capabilities, ", ")),
          fmt::format("{}", fmt::join(after.capabilities, ", ")));
  compare("publisher.name", before.publisher.name, after.publisher.name);
  return changes;
}

Task<UpdateAnswer> Updater::update(AgentId agent, UpdateRequest request, Requester requester) {
  return parts_.base.operations.run(
      run_update(std::move(agent), std::move(request), std::move(requester)));
}

Task<UpdateAnswer> Updater::run_update(AgentId agent, UpdateRequest request, Requester requester) {
  const auto hold = parts_.busy.hold(agent);
  if (!hold) co_return Failure(hold.error());
  const auto record = parts_.base.catalog.find(agent);
  if (!record) co_return fail(CoreCode::agent_not_found, "There is no agent of this id.");
  if (record->origin == Origin::local_dev) {
    co_return base::fail(ErrorCode::conflict,
                         "An agent in development changes in its folder; there is no update.");
  }
  auto reading = store_.trees_of(agent);
  auto trees = co_await std::move(reading);
  if (!trees) co_return Failure(std::move(trees.error()));
  if (!trees->current) co_return not_installed();
  auto task = request.apply ? apply(std::move(*trees), std::move(request), requester)
                            : prepare(std::move(*trees), std::move(request), requester);
  auto answer = co_await std::move(task);
  co_return answer;
}

Task<TreeSource> Updater::source_for(const InstalledTree& current, std::optional<std::string> ref) {
  const auto& from = current.provenance;
  auto finding = parts_.registries.find(current.agent, from.registry);
  const auto listed = co_await std::move(finding);
  if (listed) co_return source_of(*listed, ref);
  // No registry lists it any more: what was installed can still be updated from where it came. The
  // URL was allowed then, whatever kind it is.
  auto url = GitUrl::parse(from.git_url, LocalRepositories::allowed);
  if (!url) co_return Failure(url.error());
  auto chosen = GitRef::parse(ref.value_or(from.git_ref));
  if (!chosen) co_return Failure(chosen.error());
  co_return TreeSource{.agent = current.agent,
                       .url = std::move(*url),
                       .ref = std::move(*chosen),
                       .manifest_path = current.manifest_path};
}

Task<InstalledTree> Updater::fetch_pending(TreeSource source, CommitId commit, TreeSet trees,
                                           Requester requester) {
  const auto agent = source.agent;
  auto exporting = parts_.fetcher.export_commit(
      std::move(source), std::move(commit), [this, agent](std::string_view step) {
        parts_.base.publish("install.progress", agent.text(), {{"state", step}});
      });
  auto fetched = co_await std::move(exporting);
  if (!fetched) co_return Failure(std::move(fetched.error()));
  auto& tree = fetched->tree;
  const auto now = parts_.base.clock.now();
  tree.role = TreeRole::pending;
  tree.fetched_at = now;
  const auto& entrypoint = fetched->manifest.manifest.entrypoint;
  if (entrypoint && build_steps(entrypoint->type).empty()) {
    tree.build = BuildState::built;
    tree.built_at = now;
  }
  auto event = agent_event("agent.update_available", agent, requester);
  event.metadata = describe(tree);
  event.metadata["current_commit"] = trees.current->commit();
  sql::Write write;
  write.calls.push_back(delete_tree_of_role(agent, TreeRole::pending));
  write.calls.push_back(put_tree(tree));
  write.calls.push_back(set_pending(agent, pending_update(tree, fetched->manifest)));
  write.calls.push_back(audit_row(std::move(event), now));
  auto task = commit_change(parts_.base.catalog, agent, std::move(write));
  const auto committed = co_await std::move(task);
  if (!committed) co_return Failure(committed.error());
  if (trees.pending) {
    auto removing = remove_folders(parts_.base.pool, {trees.pending->path});
    [[maybe_unused]] const auto removed = co_await std::move(removing);
  }
  co_return std::move(tree);
}

Task<UpdateAnswer> Updater::prepare(TreeSet trees, UpdateRequest request, Requester requester) {
  const auto agent = trees.current->agent;
  auto finding = source_for(*trees.current, std::move(request.ref));
  auto source = co_await std::move(finding);
  if (!source) co_return Failure(std::move(source.error()));
  parts_.base.publish("install.progress", agent.text(), {{"state", "fetching"}});
  auto fetching = parts_.fetcher.fetch(*source);
  const auto commit = co_await std::move(fetching);
  if (!commit) co_return Failure(commit.error());
  if (trees.previous && trees.previous->commit() == commit->text()) {
    co_return base::fail(ErrorCode::conflict,
                         "That commit is the previous version; roll back to it.");
  }
  auto reading_current = read_manifest_of(parts_.base.pool, *trees.current);
  const auto current = co_await std::move(reading_current);
  if (!current) co_return Failure(current.error());
  UpdateAnswer answer{.agent_id = agent.text(),
                      .state = UpdateState::up_to_date,
                      .current = view_of(*trees.current, *current)};
  if (trees.current->commit() == commit->text()) co_return answer;

  if (!trees.pending || trees.pending->commit() != commit->text()) {
    auto exporting = fetch_pending(std::move(*source), *commit, trees, requester);
    auto pending = co_await std::move(exporting);
    if (!pending) co_return Failure(std::move(pending.error()));
    trees.pending = std::move(*pending);
  }
  if (request.confirm && trees.pending->build != BuildState::built) {
    auto building = builds_.build_tree(*trees.pending, requester);
    const auto built = co_await std::move(building);
    if (!built) co_return Failure(built.error());
    trees.pending->build = BuildState::built;
  }
  auto reading_pending = read_manifest_of(parts_.base.pool, *trees.pending);
  const auto pending = co_await std::move(reading_pending);
  if (!pending) co_return Failure(pending.error());
  answer.state = UpdateState::pending;
  answer.pending = view_of(*trees.pending, *pending);
  answer.permissions = view_of(permission_changes(*current, *pending));
  answer.manifest_changes = compare_manifests(current->manifest, pending->manifest);
  answer.warnings = trees.pending->warnings;
  co_return answer;
}

Task<void> Updater::verify(InstalledTree tree) {
  auto check = [tree = std::move(tree)] {
    return verify_sources(tree.path, folder_of(tree.manifest_path), tree.source_hash);
  };
  auto task = async::run_blocking(parts_.base.pool, std::move(check));
  const auto verified = co_await std::move(task);
  co_return verified;
}

Task<Updater::Versions> Updater::read_versions(InstalledTree current, InstalledTree pending) {
  auto reading = read_manifest_of(parts_.base.pool, pending);
  auto after = co_await std::move(reading);
  if (!after) co_return Failure(std::move(after.error()));
  if (!after->is_runnable) co_return refuse(*after);
  auto verifying = verify(std::move(pending));
  const auto verified = co_await std::move(verifying);
  if (!verified) co_return Failure(verified.error());
  auto reading_before = read_manifest_of(parts_.base.pool, std::move(current));
  auto before = co_await std::move(reading_before);
  if (!before) co_return Failure(std::move(before.error()));
  co_return Versions{std::move(*before), std::move(*after)};
}

Task<void> Updater::switch_to_pending(const TreeSet& trees, const Versions& versions,
                                      Requester requester) {
  const auto& agent = trees.current->agent;
  const auto now = parts_.base.clock.now();
  const auto changes = permission_changes(versions.current, versions.pending);
  auto event = agent_event("agent.updated", agent, requester);
  event.metadata = describe(*trees.pending);
  event.metadata["previous_commit"] = trees.current->commit();
  event.metadata["permissions_added"] = changes.added.size();
  event.metadata["permissions_removed"] = changes.removed.size();
  sql::Write write;
  write.calls.push_back(delete_tree_of_role(agent, TreeRole::previous));
  write.calls.push_back(set_tree_role(agent, trees.current->commit(), TreeRole::previous));
  write.calls.push_back(set_tree_role(agent, trees.pending->commit(), TreeRole::current));
  for (auto& call : make_current(*trees.pending, versions.pending, now)) {
    write.calls.push_back(std::move(call));
  }
  write.calls.push_back(audit_row(std::move(event), now));
  return commit_change(parts_.base.catalog, agent, std::move(write));
}

Task<UpdateAnswer> Updater::apply(TreeSet trees, UpdateRequest request, Requester requester) {
  const auto agent = trees.current->agent;
  if (!trees.pending) {
    co_return base::fail(ErrorCode::conflict, "There is no pending update; fetch it first.");
  }
  if (trees.pending->build != BuildState::built) {
    co_return fail(CoreCode::agent_not_built, "Build the pending update before it is applied.");
  }
  auto reading = read_versions(*trees.current, *trees.pending);
  auto versions = co_await std::move(reading);
  if (!versions) co_return Failure(std::move(versions.error()));
  const auto& wanted = versions->pending.manifest.permissions;
  if (!request.permissions && !wanted.empty()) {
    co_return fail(CoreCode::permission_not_approved,
                   "The new version asks for permissions: say which of them you approve.");
  }
  ApproveRequest approval{
      .agent = agent,
      .requested = {.permissions = wanted, .pin = pin_of(*trees.pending, versions->pending)},
      .permissions = std::move(request.permissions).value_or(std::vector<std::string>()),
      .seen_manifest_hash = request.manifest_hash.value_or(""),
      .actor = requester.actor,
      .correlation_id = requester.correlation_id};
  // What is refused must not have stopped the version that runs.
  auto checking = parts_.approvals.check(approval);
  const auto checked = co_await std::move(checking);
  if (!checked) co_return Failure(checked.error());
  auto stopping = parts_.stop(agent, requester.actor, "update");
  const auto ran = co_await std::move(stopping);
  if (!ran) co_return Failure(ran.error());
  auto switching = approve_and_switch(trees, *versions, std::move(approval), requester);
  const auto approved = co_await std::move(switching);
  if (approved && trees.previous) {
    auto removing = remove_folders(parts_.base.pool, {trees.previous->path});
    [[maybe_unused]] const auto removed = co_await std::move(removing);
  }
  Restart restart;
  if (*ran) {
    auto starting = start_again(agent, requester);
    restart = co_await std::move(starting);
  }
  if (!approved) co_return Failure(approved.error());
  parts_.base.publish("install.progress", agent.text(), {{"state", "updated"}});
  auto warnings = trees.pending->warnings;
  std::ranges::move(restart.warnings, std::back_inserter(warnings));
  co_return UpdateAnswer{
      .agent_id = agent.text(),
      .state = UpdateState::applied,
      .current = view_of(*trees.pending, versions->pending),
      .permissions = view_of(permission_changes(versions->current, versions->pending)),
      .manifest_changes = compare_manifests(versions->current.manifest, versions->pending.manifest),
      .warnings = std::move(warnings),
      .approval_id = approved->to_string(),
      .started_again = restart.started};
}

Task<ApprovalId> Updater::approve_and_switch(const TreeSet& trees, const Versions& versions,
                                             ApproveRequest approval, Requester requester) {
  const auto agent = trees.current->agent;
  // The approval comes first: until the switch it fits nothing that is there, so what happens in
  // between, an end of the Core included, leaves an agent that does not run.
  auto approving = parts_.approvals.approve(std::move(approval));
  const auto approved = co_await std::move(approving);
  if (!approved) co_return Failure(approved.error());
  auto switching = switch_to_pending(trees, versions, requester);
  const auto switched = co_await std::move(switching);
  if (!switched) {
    auto undoing =
        reinstate(agent, pin_of(*trees.current, versions.current), "update failed", requester);
    [[maybe_unused]] const auto undone = co_await std::move(undoing);
    co_return Failure(switched.error());
  }
  switched_at_[agent] = parts_.base.clock.steady_now();
  co_return (*approved)->id;
}

boost::asio::awaitable<Updater::Restart> Updater::start_again(AgentId agent, Requester requester) {
  auto starting = parts_.start(std::move(agent), requester.actor);
  const auto started = co_await std::move(starting);
  if (started) co_return Restart{.started = true, .warnings = {}};
  co_return Restart{.started = false,
                    .warnings = {"It ran, and was not started again: " + started.error().detail}};
}

Task<std::optional<std::string>> Updater::reinstate(AgentId agent, ManifestPin pin,
                                                    std::string reason, Requester requester) {
  ReinstateRequest request{.agent = std::move(agent),
                           .pin = std::move(pin),
                           .actor = requester.actor,
                           .reason = std::move(reason),
                           .correlation_id = requester.correlation_id};
  auto task = parts_.approvals.reinstate(std::move(request));
  const auto approval = co_await std::move(task);
  if (approval) co_return std::optional((*approval)->id.to_string());
  if (approval.error().name == to_string(CoreCode::permission_not_approved)) {
    co_return std::optional<std::string>();
  }
  co_return Failure(approval.error());
}

Task<RollbackAnswer> Updater::rollback(AgentId agent, std::string reason, Requester requester) {
  return parts_.base.operations.run(
      run_rollback(std::move(agent), std::move(reason), std::move(requester)));
}

Task<void> Updater::switch_to_previous(const TreeSet& trees, const ManifestReading& manifest,
                                       std::string reason, Requester requester) {
  const auto& agent = trees.current->agent;
  const auto now = parts_.base.clock.now();
  auto event = agent_event("agent.rolled_back", agent, requester);
  event.severity = Severity::warn;
  event.metadata = {{"from_commit", trees.current->commit()},
                    {"to_commit", trees.previous->commit()},
                    {"manifest_hash", trees.previous->manifest_hash},
                    {"reason", reason}};
  sql::Write write;
  write.calls.push_back(delete_tree_of_role(agent, TreeRole::current));
  write.calls.push_back(set_tree_role(agent, trees.previous->commit(), TreeRole::current));
  for (auto& call : make_current(*trees.previous, manifest, now)) {
    write.calls.push_back(std::move(call));
  }
  write.calls.push_back(set_error(agent, "Rolled back: " + reason));
  write.calls.push_back(audit_row(std::move(event), now));
  return commit_change(parts_.base.catalog, agent, std::move(write));
}

Task<RollbackAnswer> Updater::run_rollback(AgentId agent, std::string reason, Requester requester) {
  const auto hold = parts_.busy.hold(agent);
  if (!hold) co_return Failure(hold.error());
  if (!parts_.base.catalog.find(agent)) {
    co_return fail(CoreCode::agent_not_found, "There is no agent of this id.");
  }
  auto reading = store_.trees_of(agent);
  const auto trees = co_await std::move(reading);
  if (!trees) co_return Failure(trees.error());
  if (!trees->current) co_return not_installed();
  if (!trees->previous) {
    co_return base::fail(ErrorCode::conflict, "There is no previous version to go back to.");
  }
  auto reading_manifest = read_manifest_of(parts_.base.pool, *trees->previous);
  const auto manifest = co_await std::move(reading_manifest);
  if (!manifest) co_return Failure(manifest.error());
  auto verifying = verify(*trees->previous);
  const auto verified = co_await std::move(verifying);
  if (!verified) co_return Failure(verified.error());
  auto stopping = parts_.stop(agent, requester.actor, "rollback");
  const auto ran = co_await std::move(stopping);
  if (!ran) co_return Failure(ran.error());

  auto switching = switch_to_previous(*trees, *manifest, reason, requester);
  const auto switched = co_await std::move(switching);
  if (!switched) {
    if (*ran) {
      auto starting = start_again(agent, requester);
      [[maybe_unused]] const auto restart = co_await std::move(starting);
    }
    co_return Failure(switched.error());
  }
  switched_at_.erase(agent);
  auto reinstating =
      reinstate(agent, pin_of(*trees->previous, *manifest), "rollback: " + reason, requester);
  auto approval = co_await std::move(reinstating);
  auto removing = remove_folders(parts_.base.pool, {trees->current->path});
  [[maybe_unused]] const auto removed = co_await std::move(removing);
  parts_.base.publish("install.progress", agent.text(), {{"state", "rolled_back"}});
  if (!approval) co_return Failure(std::move(approval.error()));
  Restart restart;
  if (*ran) {
    auto starting = start_again(agent, requester);
    restart = co_await std::move(starting);
  }
  co_return RollbackAnswer{.agent_id = agent.text(),
                           .from_commit = trees->current->commit(),
                           .to_commit = trees->previous->commit(),
                           .approval_id = std::move(*approval),
                           .warnings = std::move(restart.warnings),
                           .started_again = restart.started};
}

Task<bool> Updater::on_crash_loop(AgentId agent) {
  const auto found = switched_at_.find(agent);
  if (found == switched_at_.end() ||
      parts_.base.clock.steady_now() - found->second > options_.rollback_window) {
    co_return false;
  }
  auto task = rollback(agent, "crash loop after an update", {});
  const auto rolled_back = co_await std::move(task);
  if (!rolled_back) co_return Failure(rolled_back.error());
  co_return true;
}

}  // namespace sovereign::core
