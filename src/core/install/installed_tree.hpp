// One exported commit of an agent, and its SQL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "core/catalog/agent_record.hpp"
#include "core/ids.hpp"
#include "core/state.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

enum class TreeRole : std::uint8_t {
  current,   ///< What runs.
  previous,  ///< What a rollback goes back to.
  pending,   ///< An update that waits for a person.
};
/// "current", "previous", "pending".
std::string_view to_string(TreeRole role);

struct InstalledTree {
  AgentId agent;
  TreeRole role = TreeRole::current;
  Provenance provenance;
  std::string path;           ///< Absolute.
  std::string manifest_path;  ///< Relative to `path`.
  std::string manifest_hash;
  std::string source_hash;  ///< digest_of() its sources.
  BuildState build = BuildState::not_built;
  std::string build_hash;  ///< digest_of() its build output; empty unless built.
  std::vector<std::string> warnings;
  base::Timestamp fetched_at{};
  std::optional<base::Timestamp> built_at;

  const std::string& commit() const { return provenance.git_commit; }
  /// The folder of the manifest, where it is built and runs.
  std::string project_folder() const;
};

/// An agent's trees, at most one of a role.
struct TreeSet {
  std::optional<InstalledTree> current;
  std::optional<InstalledTree> previous;
  std::optional<InstalledTree> pending;
};

// Calls for a Write.
/// Inserts, or replaces the row of the same commit.
sql::Call put_tree(const InstalledTree& tree);
/// Takes the role from whatever tree has it, by removing its row. Before set_tree_role().
sql::Call delete_tree_of_role(const AgentId& agent, TreeRole role);
sql::Call set_tree_role(const AgentId& agent, const std::string& commit, TreeRole role);
sql::Call set_tree_build(const InstalledTree& tree);
sql::Call delete_trees(const AgentId& agent);

class TreeStore {
 public:
  explicit TreeStore(sql::Database& database) : database_(database) {}

  Task<TreeSet> trees_of(AgentId agent);
  /// All of all agents. Blocks: at start.
  Result<std::vector<InstalledTree>> load();

 private:
  sql::Database& database_;
};

}  // namespace sovereign::core
