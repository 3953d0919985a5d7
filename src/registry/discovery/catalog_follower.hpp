// Keeps the catalog true when another process changes agents (a replica, an import): reads the
// change feed and applies what the catalog does not have yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <utility>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "registry/agents/store.hpp"
#include "registry/discovery/catalog.hpp"
#include "sql/database.hpp"

namespace sovereign::registry {

class CatalogFollower {
 public:
  /// PostgreSQL gives out sequence numbers before the commit, so a lower one may appear after a
  /// higher one: numbers of the last while are looked at again. Longer than a statement may take.
  static constexpr std::chrono::seconds kOverlap{10};
  static constexpr std::int64_t kBatch = 1000;  ///< Changes read at once.

  /// All must outlive this.
  CatalogFollower(sql::Database& database, Catalog& catalog, const Clock& clock)
      : database_(database), store_(database), catalog_(catalog), clock_(clock) {}

  /// Notes where the feed is. Blocks: call it before Catalog::load(), which then sees at least
  /// that.
  Result<void> start();

  /// Applies what was committed since the last call; call it about once a second. Errors:
  /// `unavailable`, and the next call starts where this one did.
  Task<void> catch_up();

 private:
  struct Change {
    std::int64_t sequence = 0;
    AgentId agent;
    std::int64_t version = 0;
  };

  Task<std::vector<Change>> read_changes(std::int64_t after);
  Task<void> apply(const std::vector<Change>& changes);
  /// Where the next look begins, now that everything up to `seen` was looked at.
  void advance(std::int64_t seen);

  sql::Database& database_;
  AgentStore store_;
  Catalog& catalog_;
  const Clock& clock_;
  std::int64_t after_ = 0;
  std::deque<std::pair<SteadyTime, std::int64_t>>
      seen_;  ///< Newest sequence at a time, oldest first.
};

}  // namespace sovereign::registry
