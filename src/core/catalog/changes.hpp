// Changes of agents' rows as statements, for the Write of whatever feature makes the change. Commit
// them through Catalog::commit(), or memory will not know.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "core/catalog/agent_record.hpp"
#include "core/manifest/manifest.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// A manifest found in a folder on this machine.
struct LocalAgent {
  AgentId id;
  const ManifestReading& manifest;
  std::string manifest_path;  ///< Absolute.
  Provenance provenance;      ///< Of its git folder, if it is one; registry members are ignored.
};

/// An entry of a registry.
struct RemoteAgent {
  AgentId id;
  std::string name;
  std::string description;
  std::vector<std::string> keywords;
  std::vector<std::string> integration_points;
  Provenance provenance;
  RegistryBadge badge;
};

/// A fetched tree that becomes the current one.
struct InstalledAgent {
  AgentId id;
  const ManifestReading& manifest;
  std::string manifest_path;  ///< Absolute, in the tree.
  std::string install_path;   ///< The tree.
  Provenance provenance;
};

/// Inserts, or updates what the manifest says. Does nothing to an agent that is installed, nor to
/// one that another folder holds: see add_shadowed().
sql::Call upsert_local(const LocalAgent& agent, base::Timestamp now);
/// Moves a local agent to another folder, when the one that held the id is gone.
sql::Call replace_local(const LocalAgent& agent, base::Timestamp now);
/// The manifest is there, but cannot be read as one: it holds until now, and nothing may run.
sql::Call set_broken(const AgentId& agent, const std::string& hash, const ManifestProblem& problem);
/// Inserts, or updates what the registry says; what a manifest says stays for agents that have one.
sql::Call upsert_remote(const RemoteAgent& agent, base::Timestamp now);
/// Makes a tree the current one: origin installed, install fetched, build not_built, no pending
/// update, no error. A local folder of the same id becomes a shadowed copy. In this order.
std::vector<sql::Call> set_installed(const InstalledAgent& agent, base::Timestamp now);
/// The opposite, after the trees are gone: back to what the registry lists, or gone.
sql::Call set_uninstalled(const AgentId& agent);

sql::Call set_install(const AgentId& agent, InstallState state);
/// `built_at` with BuildState::built.
sql::Call set_build(const AgentId& agent, BuildState state,
                    std::optional<base::Timestamp> built_at = std::nullopt);
/// Empty takes the error away. Cut to one line of 1000 bytes.
sql::Call set_error(const AgentId& agent, std::string_view message);
/// Nothing takes it away.
sql::Call set_pending(const AgentId& agent, const std::optional<PendingUpdate>& pending);

/// Its folder is there no more: back to what the registry lists, or gone. Nothing happens to an
/// agent that is installed.
sql::Call forget_folder(const AgentId& agent);
/// The registry lists it no more: what is installed goes on, marked as gone; a local folder is no
/// longer tied to the registry; the rest is gone.
sql::Call forget_entry(const AgentId& agent);

sql::Call add_shadowed(const AgentId& agent, const ShadowedCopy& copy, base::Timestamp now);
sql::Call remove_shadowed(const std::string& manifest_path);

}  // namespace sovereign::core
