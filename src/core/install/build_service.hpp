// Building an agent because a person said so: confirmation, states, audit and the log around
// Builder. Loop thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "async/task.hpp"
#include "core/install/install_parts.hpp"
#include "core/install/install_types.hpp"

namespace sovereign::core {

class BuildService {
 public:
  explicit BuildService(AgentParts parts)
      : parts_(std::move(parts)), store_(parts_.base.database) {}

  /// Goes on when the caller goes away. A build that failed is an error here; last() has what it
  /// said. Errors: build_not_confirmed, agent_not_found, agent_not_installed, `conflict` (nothing
  /// pending), agent_already_running (of the current tree), install_busy, manifest_invalid, those
  /// of Builder::build().
  Task<BuildView> build(AgentId agent, BuildBody body, Requester requester);

  /// The agent's last build since the Core started. Errors: agent_not_found, `not_found`.
  Result<BuildView> last(const AgentId& agent) const;

  /// For an operation that holds the agent already.
  Task<std::shared_ptr<const BuildRecord>> build_tree(InstalledTree tree, Requester requester);

 private:
  struct Job;
  Task<BuildView> run_build(AgentId agent, BuildTree which, Requester requester);
  Task<Job> job_for(std::shared_ptr<const AgentRecord> record, BuildTree which);
  Task<std::shared_ptr<const BuildRecord>> run_job(Job job, Requester requester);
  Task<void> record_start(const Job& job, Requester requester);
  Task<void> record_end(Job job, std::shared_ptr<BuildRecord> record, Requester requester);
  sql::Write state_change(const Job& job, BuildState state) const;
  void announce(const BuildRecord& record) const;

  AgentParts parts_;
  TreeStore store_;
};

BuildView view_of(const BuildRecord& record);

}  // namespace sovereign::core
