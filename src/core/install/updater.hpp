// Updating side by side: a new commit is fetched and built beside the current one, shown with what
// it asks for, and becomes the current one only when a person approves. The tree it replaces stays
// for a rollback. Loop thread only.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>

#include "async/task.hpp"
#include "core/install/build_service.hpp"
#include "core/install/install_parts.hpp"
#include "core/install/install_types.hpp"

namespace sovereign::core {

struct UpdateOptions {
  /// A crash loop within so long after a switch is put down to it.
  std::chrono::minutes rollback_window{10};
};

class Updater {
 public:
  Updater(AgentParts parts, BuildService& builds, UpdateOptions options = {})
      : parts_(std::move(parts)),
        builds_(builds),
        options_(options),
        store_(parts_.base.database) {}

  /// Fetches and, when confirmed, builds; or applies what is pending, and starts the agent again if
  /// it ran. Goes on when the caller goes away. Errors: agent_not_found, agent_not_installed,
  /// `conflict` (in development; nothing pending; the commit is the previous one), agent_not_built
  /// (apply), install_busy, install_invalid_tree, those of TreeFetcher, BuildService,
  /// Approvals::approve() and of stopping.
  Task<UpdateAnswer> update(AgentId agent, UpdateRequest request, Requester requester);

  /// Back to the previous tree, and to the approval it had; started again if it ran. Errors:
  /// agent_not_found, agent_not_installed, `conflict` (no previous one), install_busy,
  /// install_invalid_tree (it was changed), those of stopping.
  Task<RollbackAnswer> rollback(AgentId agent, std::string reason, Requester requester);

  /// Rolls back when the agent was switched to another version a short time ago; answers whether it
  /// did.
  Task<bool> on_crash_loop(AgentId agent);

 private:
  struct Versions;
  struct Restart;
  Task<UpdateAnswer> run_update(AgentId agent, UpdateRequest request, Requester requester);
  Task<UpdateAnswer> prepare(TreeSet trees, UpdateRequest request, Requester requester);
  Task<TreeSource> source_for(const InstalledTree& current, std::optional<std::string> ref);
  Task<InstalledTree> fetch_pending(TreeSource source, CommitId commit, TreeSet trees,
                                    Requester requester);
  Task<UpdateAnswer> apply(TreeSet trees, UpdateRequest request, Requester requester);
  Task<ApprovalId> approve_and_switch(const TreeSet& trees, const Versions& versions,
                                      ApproveRequest approval, Requester requester);
  /// Never an error: what is current is current, whether it starts or not.
  boost::asio::awaitable<Restart> start_again(AgentId agent, Requester requester);
  Task<Versions> read_versions(InstalledTree current, InstalledTree pending);
  Task<void> switch_to_pending(const TreeSet& trees, const Versions& versions, Requester requester);
  Task<RollbackAnswer> run_rollback(AgentId agent, std::string reason, Requester requester);
  Task<void> switch_to_previous(const TreeSet& trees, const ManifestReading& manifest,
                                std::string reason, Requester requester);
  Task<void> verify(InstalledTree tree);
  Task<std::optional<std::string>> reinstate(AgentId agent, ManifestPin pin, std::string reason,
                                             Requester requester);

  AgentParts parts_;
  BuildService& builds_;
  const UpdateOptions options_;
  TreeStore store_;
  std::unordered_map<AgentId, base::SteadyTime> switched_at_;
};

/// The members of two manifests that people look at, where they differ.
std::vector<ManifestChange> compare_manifests(const Manifest& before, const Manifest& after);

}  // namespace sovereign::core
