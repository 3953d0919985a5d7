// What the services of this folder share.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "async/task.hpp"
#include "core/audit/audit_event.hpp"
#include "core/install/build_log.hpp"
#include "core/install/builder.hpp"
#include "core/install/busy_agents.hpp"
#include "core/install/installed_tree.hpp"
#include "core/install/tree_fetcher.hpp"
#include "core/permissions/approvals.hpp"
#include "core/sync/registries.hpp"

namespace sovereign::core {

/// Ends an agent's process if it runs; the launcher's stop(). Answers whether it ran.
using StopAgent = std::function<Task<bool>(AgentId agent, Actor actor, std::string reason)>;
/// Starts an agent that was stopped, as it was started then; the launcher's restart().
using StartAgent = std::function<Task<void>(AgentId agent, Actor actor)>;

/// All must outlive the services.
struct AgentParts {
  InstallParts base;
  Registries& registries;
  Approvals& approvals;
  TreeFetcher& fetcher;
  Builder& builder;
  BuildLogs& logs;
  BusyAgents& busy;
  StopAgent stop;
  StartAgent start;
};

/// An event about an agent by whoever asked.
AuditEvent agent_event(std::string_view type, const AgentId& agent, const Requester& requester);
/// The same, of a failure: severity error, with its code and detail.
AuditEvent agent_failure(std::string_view type, const AgentId& agent, const Requester& requester,
                         const Error& error);
/// Where a tree comes from, for metadata.
json::Object describe(const InstalledTree& tree);

/// Commits through the catalog; a write that is rejected is our own fault here.
Task<void> commit_change(Catalog& catalog, AgentId agent, sql::Write write);

/// Reads the manifest of a tree, or of a folder in development, anew. Errors: those of
/// read_manifest_file(); install_invalid_tree when it is not the one that was fetched.
Task<ManifestReading> read_manifest_of(async::WorkerPool& pool, InstalledTree tree);
Task<ManifestReading> read_manifest_of(async::WorkerPool& pool, const AgentRecord& linked);

/// Removes folders with all they hold, as far as possible.
Task<void> remove_folders(async::WorkerPool& pool, std::vector<std::filesystem::path> folders);

/// What makes `tree` the agent's current one, with its build.
std::vector<sql::Call> make_current(const InstalledTree& tree, const ManifestReading& manifest,
                                    base::Timestamp now);
/// What an approval of the tree is bound to.
ManifestPin pin_of(const InstalledTree& tree, const ManifestReading& manifest);

}  // namespace sovereign::core
