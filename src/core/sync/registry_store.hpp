// The SQL of registries and of what they list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "core/ids.hpp"
#include "core/sync/git_source.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// A registry as it was added, and how its last sync ended.
struct Registry {
  std::string name;
  GitUrl url;
  GitRef ref;
  LocalRepositories local = LocalRepositories::refused;
  std::string title;
  base::Timestamp added_at{};
  std::optional<base::Timestamp> synced_at;
  std::string commit;  ///< Empty before the first sync.
  std::string last_error;
  std::int64_t entries = 0;
  bool is_syncing = false;  ///< In memory only.
};

struct StoredEntry {
  std::string registry;
  AgentId agent;
  std::string text;  ///< Compact JSON.
};

// Calls for a Write.
sql::Call insert_registry(const Registry& registry);
/// Its entries go with it.
sql::Call delete_registry(const std::string& name);
/// Title, commit, error, time of the last sync.
sql::Call update_registry(const Registry& registry);
sql::Call put_entry(const std::string& registry, const AgentId& agent, const std::string& text,
                    base::Timestamp now);
sql::Call mark_entry_removed(const std::string& registry, const AgentId& agent);

class RegistryStore {
 public:
  explicit RegistryStore(sql::Database& database) : database_(database) {}

  /// In the order they were added. Blocks: at start.
  Result<std::vector<Registry>> load();
  /// What one registry lists.
  Task<std::vector<StoredEntry>> entries_of(std::string registry);
  /// What all others list.
  Task<std::vector<StoredEntry>> entries_beside(std::string registry);
  /// What any registry says of one agent.
  Task<std::vector<StoredEntry>> entries_about(AgentId agent);

 private:
  Task<std::vector<StoredEntry>> entries(sql::Call call);

  sql::Database& database_;
};

}  // namespace sovereign::core
