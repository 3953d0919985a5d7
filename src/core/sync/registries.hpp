// The registries: git repositories whose entries become agents of the catalog. A sync fetches,
// reads blobs and writes rows; nothing of a registry is ever executed. Loop thread only.
//
// Of several registries that list one agent, the one that was added first counts.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "async/task.hpp"
#include "async/worker_pool.hpp"
#include "base/clock.hpp"
#include "core/audit/audit_event.hpp"
#include "core/catalog/catalog.hpp"
#include "core/home.hpp"
#include "core/sync/git.hpp"
#include "core/sync/operations.hpp"
#include "core/sync/registry_layout.hpp"
#include "core/sync/registry_store.hpp"
#include "core/sync/registry_types.hpp"
#include "sql/database.hpp"

namespace sovereign::core {

/// Who asked for something, for the audit log.
struct Requester {
  Actor actor;
  std::string correlation_id;
};

/// What the services of sync and install are made of. All must outlive them.
struct InstallParts {
  sql::Database& database;
  Catalog& catalog;
  Git& git;
  async::WorkerPool& pool;
  const Home& home;
  const base::Clock& clock;
  Operations& operations;
  /// The event bus's publish(type, subject, data).
  Catalog::Publish publish;
};

/// An agent as the registry that counts lists it.
struct ListedAgent {
  std::string registry;
  std::string registry_commit;
  LocalRepositories local;
  RegistryEntry entry;
};

class Registries {
 public:
  static constexpr std::size_t kMaxRegistries = 32;

  explicit Registries(InstallParts parts, RegistryLimits limits = {})
      : parts_(std::move(parts)), limits_(limits), store_(parts_.database) {}

  /// Reads them; blocks, once at start.
  Result<void> load();

  /// In the order they were added.
  const std::vector<Registry>& all() const { return registries_; }

  /// Errors: registry_invalid_url (URL or ref), `unprocessable` (name), registry_exists, `conflict`
  /// (too many), `unavailable`.
  Task<Registry> add(NewRegistry registry, Requester requester);
  /// Installed agents stay. Errors: registry_not_found, install_busy (it is being synced).
  Task<void> remove(std::string name, Requester requester);
  /// Goes on when the caller goes away. Errors: registry_not_found, install_busy,
  /// registry_sync_failed (it cannot be fetched, is over a limit or of a newer format),
  /// `unavailable`.
  Task<SyncResult> sync(std::string name, Requester requester);
  /// One after another; a failure of one is in its outcome.
  Task<SyncOutcomes> sync_all(Requester requester);

  /// What `registry`, or the first that lists it, says of an agent. Errors: registry_not_found,
  /// agent_not_found (nobody lists it), `unavailable`.
  Task<ListedAgent> find(AgentId agent, std::optional<std::string> registry);

 private:
  struct Changes;
  using Others = std::unordered_map<AgentId, StoredEntry>;

  Registry* lookup(std::string_view name);
  /// Errors: registry_not_found, install_busy (it is being synced).
  Result<Registry*> idle(std::string_view name);
  std::size_t rank_of(std::string_view name) const;
  Task<Others> others_beside(std::string registry);
  Task<SyncResult> run_sync(std::string name, Requester requester);
  Task<SyncResult> fetch_and_store(Registry registry, Requester requester);
  Task<RegistryContents> read_contents(Registry registry, CommitId commit);
  Task<Changes> compare(std::string registry, const RegistryContents& contents);
  Task<void> store(const Registry& registry, const RegistryContents& contents,
                   const Changes& changes);
  Task<void> fail_sync(Registry registry, Error error, Requester requester);
  /// What the catalog is to say of an agent now: `own` lists `entry` (null: no more).
  sql::Call publication(const AgentId& id, const Registry* own, const RegistryEntry* entry,
                        const Others& others) const;
  Task<void> commit(std::vector<AgentId> agents, sql::Write write);
  void announce(const std::string& registry, std::string_view state, json::Object data = {}) const;

  InstallParts parts_;
  const RegistryLimits limits_;
  RegistryStore store_;
  std::vector<Registry> registries_;
};

RegistryView view_of(const Registry& registry);

/// An event about a registry by whoever asked.
AuditEvent registry_event(std::string_view type, const std::string& registry,
                          const Requester& requester);

}  // namespace sovereign::core
