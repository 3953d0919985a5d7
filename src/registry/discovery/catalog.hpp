// The read model of all agents: what listing, search and lookups answer from, without the database.
// Kept in memory as immutable snapshots; a writer applies what it has committed before it answers.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "async/worker_pool.hpp"
#include "base/error.hpp"
#include "registry/agents/record.hpp"
#include "registry/agents/types.hpp"
#include "search/index.hpp"
#include "search/snapshot.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

struct CatalogOptions {
  std::string registry_url;  ///< Of this registry, shown with each agent.
  /// Called after each change, on the thread that made it; must not block.
  std::function<void()> on_change = nullptr;
};

class Catalog {
 public:
  /// `background` runs large merges of the index; both must outlive the catalog.
  Catalog(CatalogOptions options, async::WorkerPool& background);
  ~Catalog();

  /// Fills the empty catalog from the database. Blocks; uses two threads. At start only.
  Result<void> load(sql::Database& database);

  /// Makes committed agents visible, before it returns; an older version than the present one is
  /// ignored. Any thread.
  void apply(std::span<const CatalogAgent> agents);

  /// The same for one agent, together with those that other coroutines publish at the same time:
  /// after a group commit one change of the index serves them all. Returns when it is visible.
  boost::asio::awaitable<void> publish(CatalogAgent agent);

  /// Null when there is none. Any thread, no locks.
  std::shared_ptr<const AgentRecord> find(AgentId id) const;
  std::shared_ptr<const AgentRecord> find_human_readable_id(std::string_view id) const;

  /// The present snapshot; its generation grows with every apply.
  std::shared_ptr<const search::Snapshot> snapshot() const;

  /// For entity tags of lists: differs between generations and between runs of the program.
  std::string generation_tag() const;

  /// The publisher, when one of its agents is here (saves asking the database).
  std::optional<Developer> developer(UserId id) const;

  const std::string& registry_url() const;

 private:
  class State;
  bool apply_newer(std::span<const CatalogAgent> agents);
  void apply_waiting();
  void merge_in_background(std::optional<search::Merge> merge);

  CatalogOptions options_;
  async::WorkerPool& background_;
  std::shared_ptr<State> state_;  ///< Shared with merges that still run when the catalog goes.
};

}  // namespace sovereign::registry
